/** Time and chance of the machine itself, for everything that runs on real nodes. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, Random, Waiting } from './node.ts';

/** Milliseconds since the Unix epoch; steady within a process, and comparable between processes of one machine. */
export const wallClock: Clock = {
  kind: 'wall',
  now: () => performance.timeOrigin + performance.now(),
  async sleep(ms: number, { signal }: Waiting = {}) {
    signal?.throwIfAborted();
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal });
    } catch {
      signal?.throwIfAborted();
    }
  },
};

export const systemRandom: Random = {
  bytes: (length) => randomBytes(length),
  float: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
};
