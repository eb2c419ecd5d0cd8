/**
 * How fast this machine computes just now. A virtual core is a share of a real one: the same machine does by the hour a third more or
 * less, which no counter of load or stolen time shows. Rounds of what nodes and relays spend their time with, on one core.
 */
import { createCipheriv, createHash, generateKeyPairSync, sign, verify } from 'node:crypto';

const MEASURED_MS = 700;
const WARMED_MS = 200;
const BLOCK_BYTES = 65_536;
/** More than a core's own caches hold. */
const MEMORY_BYTES = 16 * 2 ** 20;

/** Rounds a second; blocks this thread for 0.9 s. `nowMs` is a clock of wall time. */
export const measurePace = (nowMs: () => number): number => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
  const memory = Buffer.alloc(MEMORY_BYTES, 1);
  const [key, nonce] = [Buffer.alloc(32, 2), Buffer.alloc(12, 3)];
  let at = 0;
  const round = (): void => {
    const block = memory.subarray(at, at + BLOCK_BYTES);
    at = (at + 17 * BLOCK_BYTES) % MEMORY_BYTES;
    const digest = createHash('sha256').update(block).digest();
    verify(null, digest, publicKey, sign(null, digest, privateKey));
    createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 }).update(block).copy(memory, at);
  };
  const during = (ms: number): number => {
    const startMs = nowMs();
    let rounds = 0;
    for (; nowMs() < startMs + ms; rounds++) round();
    return (rounds * 1_000) / (nowMs() - startMs);
  };
  during(WARMED_MS);
  return during(MEASURED_MS);
};
