/**
 * LND's own gRPC, raw: what `lightning` gives as `lnd.default`, `lnd.router` and so on. The hot paths speak it directly
 * (bytes stay Buffers); everything else goes through ln-service.
 */
import type { AuthenticatedLnd } from 'lightning';
import type { TlvRecord, Waiting } from '../node.ts';
import { lndFailure } from './failures.ts';

export interface GrpcStream {
  on(event: 'data', listener: (message: never) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  on(event: 'end', listener: () => void): void;
  cancel(): void;
}

/** Either side writes when it likes. */
export interface GrpcDuplex extends GrpcStream {
  write(message: object): boolean;
}

type UnaryMethod<T> = (request: object, options: object, callback: (error: Error | null, response: T) => void) => { cancel(): void };
type StreamMethod = (request: object) => GrpcStream;
type DuplexMethod = () => GrpcDuplex;

/** Longest any unary call may take; a payment brings its own deadline. */
const CALL_DEADLINE_MS = 60_000;

/** One request, one answer. Throws the named error that LND's status stands for. */
export const unary = <T>(
  lnd: AuthenticatedLnd,
  service: keyof AuthenticatedLnd,
  method: string,
  request: object,
  { signal, deadlineMs = CALL_DEADLINE_MS }: Waiting & { deadlineMs?: number } = {},
): Promise<T> =>
  new Promise<T>((resolve, reject) => {
    signal?.throwIfAborted();
    const target = lnd[service] as unknown as Record<string, UnaryMethod<T>>;
    const call = (target[method] as UnaryMethod<T>).call(target, request, { deadline: Date.now() + deadlineMs }, (error, response) => {
      signal?.removeEventListener('abort', abort);
      if (signal?.aborted) reject(signal.reason);
      else if (error) reject(lndFailure(error, method));
      else resolve(response);
    });
    const abort = () => call.cancel();
    signal?.addEventListener('abort', abort, { once: true });
  });

/** Opens a server stream; the caller cancels it. */
export const stream = (lnd: AuthenticatedLnd, service: keyof AuthenticatedLnd, method: string, request: object): GrpcStream => {
  const target = lnd[service] as unknown as Record<string, StreamMethod>;
  return (target[method] as StreamMethod).call(target, request);
};

export const duplex = (lnd: AuthenticatedLnd, service: keyof AuthenticatedLnd, method: string): GrpcDuplex => {
  const target = lnd[service] as unknown as Record<string, DuplexMethod>;
  return (target[method] as DuplexMethod).call(target);
};

/**
 * Records as `map<uint64, bytes>` to send: keys are decimal. One that went back as it came (raw) would be read as some type below
 * 65,536, and LND ends the stream over it.
 */
export const mapOf = (records: readonly TlvRecord[]): Record<string, Uint8Array> =>
  Object.fromEntries(records.map(({ type, value }) => [String(type), value]));

/** Keys of `map<uint64, bytes>` arrive as 8 raw bytes, little-endian, in a latin1 string. */
export const recordsOf = (map: Readonly<Record<string, Uint8Array>>): { type: number; value: Uint8Array }[] =>
  Object.entries(map).map(([key, value]) => ({ type: Number(Buffer.from(key, 'latin1').readBigUInt64LE(0)), value }));
