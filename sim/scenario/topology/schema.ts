/** The shapes a network can have, as they are written. Adding one: its schema here, its edges in edges.ts. */
import { z } from 'zod';
import { closed, nodeName, notYet, quantity, whole } from '../fields.ts';
import { policy } from '../policy-schema.ts';

export const NODES_MAX = 10_000;
export const CHANNELS_MAX = 100_000;
/** LND's floor, and its --maxchansize for large channels (BOLT 2: option_support_large_channel). */
const CAPACITY_SAT_MIN = 20_000;
const CAPACITY_SAT_MAX = 1_000_000_000;

const capacity = quantity('amount', { min: CAPACITY_SAT_MIN * 1_000, max: CAPACITY_SAT_MAX * 1_000 }).transform((msat, context) => {
  if (msat % 1_000 === 0) return msat / 1_000;
  context.addIssue({ code: 'custom', message: `expected whole satoshi, found ${msat} msat` });
  return z.NEVER;
});
const balance = z.number().min(0).max(1);

/** In satoshi, and the share that stands on the opener's side. */
const funds = { capacity: capacity.prefault('10M sat'), balance: balance.default(0.5) };

/** How many (they are called n0, n1, …), or their names. */
const nodes = (min: number) =>
  z.union([whole(min, NODES_MAX), z.array(nodeName).min(min).max(NODES_MAX)], {
    error: 'expected a number of nodes, or a list of node names',
  });

export const channel = closed({
  from: nodeName,
  to: nodeName,
  name: nodeName.optional(),
  ...funds,
  policy: policy.optional(),
});
export type WrittenChannel = z.output<typeof channel>;

export const topology = closed({
  line: closed({ nodes: nodes(2), ...funds }),
  ring: closed({ nodes: nodes(3), ...funds }),
  star: closed({ nodes: nodes(2), ...funds }),
  mesh: closed({ nodes: nodes(2), ...funds }),
  tree: closed({ nodes: nodes(2), branch: whole(1, NODES_MAX).default(2), ...funds }),
  grid: closed({ rows: whole(1, NODES_MAX), columns: whole(1, NODES_MAX), ...funds }),
  channels: z.array(channel).min(1).max(CHANNELS_MAX),
  'scale-free': notYet('scale-free topologies', () => false),
  random: notYet('random topologies', () => false),
  import: notYet('imported graphs', () => false),
}).partial();
export type WrittenTopology = z.output<typeof topology>;
