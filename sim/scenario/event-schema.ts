/** What happens to a network while workloads run, as it is written: one event an entry, its kind the key that it has. */
import { z } from 'zod';
import { CUT_MANNERS } from '../../nodes/faults.ts';
import { closed, listOf, nodeName, quantity, whole } from './fields.ts';
import { policy } from './policy-schema.ts';

const DAY_MS = 86_400_000;
const BLOCKS_MAX = 10_000;
const EVENTS_MAX = 1_000;

/** Resolved against the topology in events-plan.ts. */
const word = z.string().min(1).max(100);

/** What there is to do, by the key that asks for it. */
export const DEEDS = {
  /** A node (its LND), `n3.relay`, or bitcoind. */
  kill: word,
  stop: word,
  restart: word,
  pause: word,
  resume: word,
  /** A channel's name, or two neighbours as n1-n2; heal: all. */
  cut: word,
  heal: word,
  /** What `to` does not name stays as the links section has it. */
  degrade: word,
  /** One side; the other side is everybody else. */
  partition: listOf(nodeName, 10_000),
  close: word,
  drain: word,
  policy: word,
  mine: whole(1, BLOCKS_MAX),
} as const;
export type Deed = keyof typeof DEEDS;

const when = {
  at: quantity('duration', { max: DAY_MS }),
  every: quantity('duration', { min: 100, max: DAY_MS }).optional(),
  workload: whole(1, 100).optional(),
} as const;

/** How a deed is done, each in its own words. */
export const MANNERS = {
  close: z.enum(['cooperative', 'force']).default('cooperative'),
  cut: z.enum(CUT_MANNERS).default('blackhole'),
  /** Whom a half-open cut tells is said of one link. */
  partition: z.enum(CUT_MANNERS).exclude(['half-open']).default('blackhole'),
} as const;

/** Keys that belong to some deeds alone. */
export const WITH: Readonly<Record<'how' | 'from' | 'to', readonly Deed[]>> = {
  how: ['close', 'cut', 'partition'],
  /** Of cuts, to those that are half-open. */
  from: ['drain', 'policy', 'cut'],
  to: ['policy', 'degrade'],
};

/** A policy without defaults: what is not named stays as it is. */
export const policyChange = closed(
  Object.fromEntries(Object.entries(policy.shape).map(([key, field]) => [key, field.unwrap().optional()])) as {
    [K in keyof typeof policy.shape]: z.ZodOptional<z.ZodNumber>;
  },
);

const optional = Object.fromEntries(Object.entries(DEEDS).map(([key, schema]) => [key, schema.optional()])) as {
  [K in Deed]: z.ZodOptional<(typeof DEEDS)[K]>;
};

export const event = closed({
  ...when,
  ...optional,
  /** Read by the deed. */
  how: z
    .unknown()
    .meta({ type: 'string', enum: [...MANNERS.close.unwrap().options, ...MANNERS.cut.unwrap().options] })
    .optional(),
  from: nodeName.optional(),
  /** policyChange, or a link's settings: read by the deed. */
  to: z.record(z.string(), z.unknown()).optional(),
});
export type WrittenEvent = z.output<typeof event>;

export const events = z.array(event).max(EVENTS_MAX).nullish();
