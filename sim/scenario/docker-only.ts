/** What a scenario asks of its containers that a model has no answer to. On the simulated network it is refused by name, never ignored. */
import type { NodePlan } from '../../nodes/plan.ts';
import type { Complaints } from './complaints.ts';
import type { Mistake } from './mistake.ts';
import type { WrittenNodes } from './nodes-plan.ts';
import type { WorkloadPlan } from './plan.ts';
import type { Bitcoind, NodeSettings, Relay } from './schema.ts';
import type { Path } from './setting.ts';

const ASKS: readonly { readonly key: keyof NodeSettings; readonly asked: (node: NodePlan) => boolean }[] = [
  { key: 'image', asked: ({ image }) => image !== 'auto' },
  { key: 'storage', asked: ({ storage }) => storage !== 'volume' },
  { key: 'memory', asked: ({ memoryBytes }) => memoryBytes !== null },
  { key: 'cpus', asked: ({ cpus }) => cpus !== null },
  { key: 'flags', asked: ({ flags }) => flags.length > 0 },
];

/** One mistake per key, at the place that asks for it first. */
export function dockerOnly(nodes: readonly NodePlan[], written: WrittenNodes, complaints: Complaints): Mistake[] {
  return ASKS.flatMap(({ key, asked }) => {
    const node = nodes.find(asked);
    if (node === undefined) return [];
    const path = written.byName.get(node.name)?.[key] === undefined ? ['nodes', key] : ['nodes', node.name, key];
    return [noMachinery(complaints, path, `nodes.${key}`)];
  });
}

/** Of relays and bitcoind, where they are written. */
export function limitsDockerOnly(
  written: { readonly relay: Relay | undefined; readonly bitcoind: Bitcoind | undefined },
  complaints: Complaints,
): Mistake[] {
  return (['relay', 'bitcoind'] as const).flatMap((section) =>
    (['memory', 'cpus'] as const)
      .filter((key) => written[section]?.[key] !== undefined)
      .map((key) => noMachinery(complaints, [section, key], `${section}.${key}`)),
  );
}

function noMachinery(complaints: Complaints, path: Path, name: string): Mistake {
  return { place: complaints.place(path), text: `${name}: the simulated network has no machinery for it; run with --network docker` };
}

/** A browser is a program of this machine: it cannot live in virtual time. */
export function browsersAsked(workloads: readonly WorkloadPlan[], complaints: Complaints): Mistake[] {
  return workloads.flatMap(({ kind }, index) =>
    kind === 'browser'
      ? [
          {
            place: complaints.place(['workloads', index, 'kind']),
            text: 'browser: the simulated network has none; run with --network docker',
          },
        ]
      : [],
  );
}
