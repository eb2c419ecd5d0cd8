/**
 * A scenario as it is written, section by section. Each section is parsed by itself, so that a mistake in one does not hide
 * those of another; together they are the JSON Schema that `sim check --schema` prints.
 */
import { z } from 'zod';
import { PAYMENT_MODES } from '../../nodes/plan.ts';
import { events } from './event-schema.ts';
import { closed, limits, listOf, nodeName, price, quantity, whole } from './fields.ts';
import { links } from './links-schema.ts';
import { policy } from './policy-schema.ts';
import { STATS } from './stats.ts';
import { topology } from './topology/schema.ts';
import { workload } from './workload-schema.ts';

const DAY_MS = 86_400_000;
const GIB = 2 ** 30;
const KBPS_MAX = 100_000_000;
export const THRESHOLDS_MAX = 200;
/** Each further one makes a comparison blinder for all of them. */
export const HEADLINES_MAX = 8;

export const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/u, {
  error: 'expected a name for folders and reports: lower-case letters, digits and hyphens, at most 64',
});
export const question = z.string().min(1).max(500);
export const seed = whole(0, Number.MAX_SAFE_INTEGER);
export const timeLimit = quantity('duration', { min: 1_000, max: DAY_MS });

const rate = quantity('rate', { max: KBPS_MAX * 125 });
const burst = quantity('bytes', { max: GIB });

const onionLimiter = z.union([z.enum(['default', 'off']), closed({ peer: rate, burst, global: rate, globalBurst: burst }).partial()], {
  error: 'expected default, off, or a map such as { peer: 512 kbit/s, burst: 262144 B }',
});

/** What may be said of every node, and of one by its name. */
export const nodeSettings = closed({
  image: z.string().min(1).max(255).optional(),
  commitInterval: quantity('duration', { min: 1, max: 3_600_000 }).optional(),
  onionLimiter: onionLimiter.optional(),
  storage: z.enum(['volume', 'tmpfs']).optional(),
  ...limits,
  flags: listOf(z.string().regex(/^--[a-z][\w.-]*(=.*)?$/u, { error: 'expected an LND flag such as --name=value' }), 50, 0).optional(),
});
export type NodeSettings = z.output<typeof nodeSettings>;
export const NODE_SETTINGS = Object.keys(nodeSettings.shape);

export const origins = z.record(nodeName, closed({ near: nodeName, port: whole(1, 65_535).default(80) }));
export type Origins = z.output<typeof origins>;

/** How an exit is paid where the carrier itself pays nothing. */
const terms = closed({
  mode: z.enum(PAYMENT_MODES).default('contract'),
  price,
  window: quantity('bytes', { min: 1, max: 1024 * GIB }).prefault('1 MiB'),
  grace: quantity('duration', { min: 1_000, max: DAY_MS }).prefault('60 s'),
});

export const relay = closed({
  on: z
    .union([z.enum(['all', 'none']), listOf(nodeName, 10_000)], { error: 'expected all, none, or a list of node names' })
    .default('none'),
  budget: quantity('amount').prefault('1M sat'),
  budgetPerDay: quantity('amount').optional(),
  budgetPerSession: quantity('amount').optional(),
  feeLimit: quantity('amount').prefault('50 sat'),
  /** What each relay asks of whoever opens a circuit over peer messages through it. */
  price: quantity('cost').prefault(0),
  exit: z.record(nodeName, closed({ allow: listOf(z.string(), 1_000, 0), payment: terms.optional() })).default({}),
  ...limits,
});
export type Relay = z.output<typeof relay>;

export const bitcoind = closed(limits);
export type Bitcoind = z.output<typeof bitcoind>;

const condition = z.union([z.string().max(100), closed({ is: z.string().max(100), abortEarly: z.boolean().default(false) })], {
  error: "expected a condition such as 'p90 < 900 ms', or a map { is: 'p90 < 900 ms', abortEarly: true }",
});
export type Condition = z.output<typeof condition>;

/** `value == 0`, or several of them in a list; read by threshold.ts. */
export const thresholds = z.record(z.string().max(300), z.union([condition, z.array(condition).min(1).max(20)]));

const margin = quantity('share', { min: 0.001, max: 10 });

/** What `sim compare` judges: `payment_latency_ms{hops=1}`, or with a stat and the change that matters; read by headline.ts. */
export const headline = z
  .array(
    z.union([z.string().max(300), closed({ metric: z.string().max(300), stat: z.enum(STATS).optional(), margin: margin.optional() })], {
      error: 'expected metric{tag=value}, or a map such as { metric: …, stat: p90, margin: 10 % }',
    }),
  )
  .min(1)
  .max(HEADLINES_MAX);
export type Headline = z.output<typeof headline>;

/** Axis → values: every combination is a run of its own. Read by matrix.ts. */
const matrix = z.record(z.string().max(300), z.array(z.unknown()).min(1)).optional();

/** Everything a file may hold at its top. */
export const sections = {
  name,
  question,
  seed: seed.default(1),
  timeLimit: timeLimit.prefault('10 min'),
  nodes: nodeSettings.catchall(nodeSettings).optional(),
  topology,
  policy: policy.optional(),
  links,
  origins: origins.optional(),
  relay: relay.optional(),
  bitcoind: bitcoind.optional(),
  workloads: z.array(workload),
  events,
  thresholds: thresholds.optional(),
  headline: headline.optional(),
  matrix,
};

/** For editors: https://json-schema.org/draft/2020-12, generated from what the reader itself uses. */
export function scenarioJsonSchema(): unknown {
  return z.toJSONSchema(z.strictObject(sections).meta({ title: 'A Leyden scenario' }), { io: 'input', unrepresentable: 'any' });
}
