/** Chance for what the bench itself draws: the payments and probes of workloads, the intervals of comparisons. */
import { createCipheriv, createHash } from 'node:crypto';
import type { Network, Random } from '../nodes/node.ts';
import { systemRandom } from '../nodes/wall.ts';

/** From the seed where time is virtual; the system's on real nodes, since LND keeps the hashes that it has paid. */
export function workloadRandom(network: Network, seed: number): Random {
  return network.clock.kind === 'virtual' ? seededRandom(`workloads ${seed}`) : systemRandom;
}

/** The AES-256-CTR keystream under the SHA-256 of the name. */
export function seededRandom(name: string): Random {
  const cipher = createCipheriv('aes-256-ctr', createHash('sha256').update(name).digest(), Buffer.alloc(16));
  const bytes = (length: number) => cipher.update(Buffer.alloc(length));
  return { bytes, float: () => bytes(6).readUIntBE(0, 6) / 2 ** 48 };
}
