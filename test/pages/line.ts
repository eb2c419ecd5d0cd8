/** A simulated line of nodes with relays, and sites for it. */

import type { PageAnswer, SiteFile } from '../../nodes/node.ts';
import { serveOrigin } from '../../nodes/origin.ts';
import { startRelay } from '../../nodes/relay/index.ts';
import { openSimulated, type SimulatedNetwork } from '../../nodes/simulated/index.ts';
import { seededRandom } from '../../sim/random.ts';
import { linePlan } from '../workload/line-plan.ts';

export const openLine = (nodes: number): Promise<SimulatedNetwork> => openSimulated(linePlan(nodes, true), { startRelay, serveOrigin });

export const file = (path: string, content: Uint8Array | string): SiteFile => {
  const bytes = Buffer.from(content as string);
  return { path, size: bytes.length, content: () => [bytes] };
};

/** Incompressible, the same for the same name. */
export const noise = (name: string, bytes: number): Buffer => Buffer.from(seededRandom(name).bytes(bytes));

export const bytesOf = async ({ body }: PageAnswer): Promise<Buffer> => {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
};
