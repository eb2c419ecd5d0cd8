/** When LND has begun to serve a stream: it says nothing before the first message, so calls that came after the stream are awaited. */
import { setTimeout as delay } from 'node:timers/promises';
import type { AuthenticatedLnd } from 'lightning';
import { unary } from './grpc.ts';

/** LND serves each call in a goroutine of its own: on a busy machine a stream's may be overtaken by those of several calls at once, yet not for long. */
const ROUNDS = 4;
const APART_MS = 15;

/** Resolves when LND serves the streams that were opened on this connection, or has refused them. @throws when LND is gone or the signal aborts. */
export const served = async (lnd: AuthenticatedLnd, signal: AbortSignal): Promise<void> => {
  for (let round = 0; round < ROUNDS; round++) {
    if (round > 0) await delay(APART_MS, undefined, { signal });
    await heardByLnd(lnd, signal);
  }
};

/** LND has read what was written on this connection before. */
export const heardByLnd = (lnd: AuthenticatedLnd, signal?: AbortSignal): Promise<unknown> =>
  unary(lnd, 'version', 'getVersion', {}, { signal });
