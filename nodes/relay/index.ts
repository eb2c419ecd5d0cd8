/** The relay engine, in this process or in another. `sim node` serves one with serve.ts. */
export { connectRelay } from './client.ts';
export { startRelay } from './relay.ts';
