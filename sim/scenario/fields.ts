/** The kinds of value that a scenario is made of, each able to say what it expected. */
import { z } from 'zod';
import type { Price } from '../../nodes/plan.ts';
import { type Dimension, MEASURES, readQuantity, withUnit } from './units.ts';

const NODE_NAME = /^[a-z][a-z0-9-]{0,31}$/u;
const NODE_NAME_EXPECTED = 'a node name: a lower-case letter, then at most 31 letters, digits or hyphens';

/** A map that has these keys and no others. The error carries what is known, for the nearest spelling. */
export function closed<T extends z.core.$ZodLooseShape>(shape: T) {
  const known = Object.keys(shape).join(' ');
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? known : undefined) });
}

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/** A quantity with its unit, as a number in the dimension's own unit. Bounds are in that unit too. */
export function quantity(dimension: Dimension, { min = 0, max = Number.MAX_SAFE_INTEGER }: Bounds = {}) {
  const { unit, what, example } = MEASURES[dimension];
  return z
    .unknown()
    .meta({ type: ['string', 'number'], description: `${what[0]!.toUpperCase()}${what.slice(1)} with its unit, such as ${example}` })
    .transform((written, context) => {
      const read = readQuantity(dimension, written);
      const problem = 'problem' in read ? read.problem : outside(read.value, min, max, unit);
      if ('value' in read && problem === null) return read.value;
      context.addIssue({ code: 'custom', message: problem! });
      return z.NEVER;
    });
}

function outside(value: number, min: number, max: number, unit: string): string | null {
  if (value < min) return `expected at least ${withUnit(min, unit)}, found ${withUnit(value, unit)}`;
  return value > max ? `expected at most ${withUnit(max, unit)}, found ${withUnit(value, unit)}` : null;
}

export const whole = (min: number, max: number) => z.number({ error: 'a whole number' }).int().min(min).max(max);

export const nodeName = z.string().regex(NODE_NAME, { error: `expected ${NODE_NAME_EXPECTED}` });

/** What one container may use of the machine. */
export const limits = {
  memory: quantity('bytes', { min: 2 ** 26, max: 2 ** 40 }).optional(),
  cpus: z.number().min(0.01).max(1024).optional(),
};

/** A list without repeats; empty only where `min` is 0. */
export function listOf<T extends z.ZodType>(item: T, max: number, min = 1) {
  return z
    .array(item)
    .min(min)
    .max(max)
    .superRefine((items, context) => {
      items.forEach((value, index) => {
        if (items.indexOf(value) < index)
          context.addIssue({ code: 'custom', path: [index], message: `${String(value)} stands in this list already` });
      });
    });
}

/** `10 sat/MiB` or `5 sat/min`. */
export const price = z
  .unknown()
  .meta({ type: ['string', 'number'], description: 'A price with its unit, such as 10 sat/MiB or 5 sat/min' })
  .transform((written, context): Price => {
    const perMin = typeof written === 'string' && /\/\s*min\s*$/u.test(written);
    const read = readQuantity(perMin ? 'rent' : 'cost', written);
    if ('value' in read) return { msat: read.value, per: perMin ? 'min' : 'MiB' };
    context.addIssue({ code: 'custom', message: read.problem });
    return z.NEVER;
  });
