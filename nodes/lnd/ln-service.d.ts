// ln-service ships no types; it re-exports what `lightning` types.
declare module 'ln-service' {
  export * from 'lightning';
}
