/** What stands between a session's bytes and whoever they are for: counts them, and holds them back while there is nothing left. */

export interface Gate {
  /** Bytes that may pass now, whole. */
  left(): number;
  /** So many did: of a stream when they are first sent or handed on, of a datagram when it goes or comes. */
  passed(bytes: number): void;
}

export const OPEN_GATE: Gate = { left: () => Number.MAX_SAFE_INTEGER, passed: () => {} };

/** The service by which a session is paid for passes freely, or nobody could pay. */
export const CONTRACT_SERVICE = 'contract';

export const isFree = (host: string, port: number): boolean => host === CONTRACT_SERVICE && port === 0;
