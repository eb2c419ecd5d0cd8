/** The shapes a network can have, as they are written. Adding one: its schema here, its edges in edges.ts. */
import { z } from 'zod';
import { closed, nodeName, whole } from '../fields.ts';
import { policy } from '../policy-schema.ts';
import { balance, capacity, drawnCapacity, rates } from './funds.ts';

/** The simulated network's; docker's are in sim/refuse.ts. */
export const NODES_MAX = 100_000;
export const CHANNELS_MAX = 1_000_000;
/** In satoshi, and the share that stands on the opener's side. */
const funds = { capacity: capacity.prefault('10M sat'), balance: balance.default(0.5) };
/** Of shapes that chance makes: capacities may be drawn too, and proportional fees (ppm) per direction. */
const drawnFunds = { capacity: drawnCapacity.prefault('10M sat'), balance: balance.default(0.5), rates: rates.optional() };

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

/** As `lncli describegraph` writes it; a relative path begins at the scenario's folder. */
const graphFile = closed({
  file: z.string().min(1).max(1_000),
  balance: balance.default(0.5),
  /** A file that falls apart into pieces is refused, unless only the largest is to be kept. */
  keep: z.enum(['all', 'largest']).default('all'),
});

export const topology = closed({
  line: closed({ nodes: nodes(2), ...funds }),
  ring: closed({ nodes: nodes(3), ...funds }),
  star: closed({ nodes: nodes(2), ...funds }),
  mesh: closed({ nodes: nodes(2), ...funds }),
  tree: closed({ nodes: nodes(2), branch: whole(1, NODES_MAX).default(2), ...funds }),
  grid: closed({ rows: whole(1, NODES_MAX), columns: whole(1, NODES_MAX), ...funds }),
  channels: z.array(channel).min(1).max(CHANNELS_MAX),
  'scale-free': closed({
    nodes: whole(4, NODES_MAX),
    channels: whole(3, CHANNELS_MAX).optional(),
    exponent: z.number().gt(2).max(10).default(2.1),
    leaves: z.number().min(0).max(0.95).default(0),
    ...drawnFunds,
  }),
  'small-world': closed({
    nodes: whole(5, NODES_MAX),
    neighbours: whole(2, 100).default(4),
    rewired: z.number().min(0).max(1).default(0.1),
    ...drawnFunds,
  }),
  random: closed({ nodes: whole(2, NODES_MAX), channels: whole(1, CHANNELS_MAX), ...drawnFunds }),
  import: z.union([z.string().min(1).max(1_000), graphFile], {
    error: 'expected a graph file such as graph.json, or { file: graph.json, balance: uniform }',
  }),
}).partial();
export type WrittenTopology = z.output<typeof topology>;
