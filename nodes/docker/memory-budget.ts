/** Whether a network fits into memory, asked before anything of it starts: an LND that the kernel ends in mid-run says nothing of why. */
import { InfrastructureError } from '../errors.ts';
import type { NetworkPlan } from '../plan.ts';

const MIB = 2 ** 20;
/** Measured on regtest: 60 to 150 MB an LND, most of it while it makes its wallet. */
const LND_BYTES = 150 * MIB;
/** Node and its code, idle; with a thousand streams or readers 350 to 600 MiB were seen (`npm run load`). */
const RELAY_BYTES = 120 * MIB;
const BITCOIND_BYTES = 400 * MIB;

/** What its processes will hold before they carry much, or what their own limits say. */
export const memoryNeeded = ({ nodes, bitcoind }: Pick<NetworkPlan, 'nodes' | 'bitcoind'>): number =>
  nodes.reduce(
    (sum, { memoryBytes, relay }) => sum + (memoryBytes ?? LND_BYTES) + (relay === null ? 0 : (relay.memoryBytes ?? RELAY_BYTES)),
    bitcoind?.memoryBytes ?? BITCOIND_BYTES,
  );

/** @throws InfrastructureError naming both figures */
export const assertMemory = (plan: Pick<NetworkPlan, 'nodes' | 'bitcoind'>, availableBytes: number): void => {
  const needed = memoryNeeded(plan);
  if (needed <= availableBytes) return;
  throw new InfrastructureError(`${plan.nodes.length} nodes need some ${mib(needed)} of memory, and ${mib(availableBytes)} are free`, {
    hint: 'fewer nodes or relays, or --network simulated',
  });
};

export const mib = (bytes: number): string => `${Math.round(bytes / MIB).toLocaleString('en')} MiB`;
