/** How much each channel holds, on which side, and at what rate its ends forward: as written, or drawn with the scenario's seed. */
import { z } from 'zod';
import { beta, logNormalOf } from '../../../nodes/distributions.ts';
import type { SeededRandom } from '../../../nodes/seeded-random.ts';
import { closed, quantity } from '../fields.ts';

/** LND's floor, and its --maxchansize for large channels (BOLT 2: option_support_large_channel). */
const CAPACITY_SAT_MIN = 20_000;
const CAPACITY_SAT_MAX = 1_000_000_000;
/** The opener pays the commitment transaction and its anchors, and must keep its reserve. */
export const OPENER_SAT_MIN = 10_000;
const RESERVE_SHARE = 0.01;
/** Of mainnet's forwarding fees hardly any is above: half the amount. */
const RATE_PPM_MAX = 500_000;

export const capacity = quantity('amount', { min: CAPACITY_SAT_MIN * 1_000, max: CAPACITY_SAT_MAX * 1_000 }).transform((msat, context) => {
  if (msat % 1_000 === 0) return msat / 1_000;
  context.addIssue({ code: 'custom', message: `expected whole satoshi, found ${msat} msat` });
  return z.NEVER;
});

/** Log-normal, by its median and mean. */
const spread = <T extends z.ZodType<number>>(each: T) =>
  closed({ median: each, mean: each }).superRefine((written, context) => {
    const { median, mean } = written as { median: number; mean: number };
    if (mean < median)
      context.addIssue({ code: 'custom', path: ['mean'], message: `expected at least the median of ${median}, found ${mean}` });
  });
export const drawnCapacity = z.union([capacity, spread(capacity)], {
  error: 'expected an amount such as 10M sat, or { median: 1M sat, mean: 10M sat }',
});
export const rates = spread(z.number().min(1).max(RATE_PPM_MAX));

/** The share that stands on the opener's side. */
export const balance = z.union(
  [
    z.number().min(0).max(1),
    z.enum(['split', 'uniform']),
    closed({ beta: z.tuple([z.number().min(0.01).max(1_000), z.number().min(0.01).max(1_000)]) }),
  ],
  { error: 'expected a share from 0 to 1, split, uniform, or { beta: [a, b] }' },
);
export type WrittenBalance = z.output<typeof balance>;
interface Spread {
  readonly median: number;
  readonly mean: number;
}
export type WrittenCapacity = number | Spread;
export type WrittenRates = Spread;

export function capacityOf(written: WrittenCapacity, random: SeededRandom): number {
  if (typeof written === 'number') return written;
  const sat = Math.round(logNormalOf(random, written.median, written.mean));
  return Math.min(CAPACITY_SAT_MAX, Math.max(CAPACITY_SAT_MIN, sat));
}

/** What chance gives is moved to where the opener can pay for the channel and the other side may keep its reserve. */
export function balanceOf(written: WrittenBalance, capacitySat: number, random: SeededRandom): number {
  if (typeof written === 'number') return written;
  if (written === 'split') return 0.5;
  const drawn = written === 'uniform' ? random.float() : beta(random, ...written.beta);
  const least = Math.max(OPENER_SAT_MIN / capacitySat, RESERVE_SHARE + OPENER_SAT_MIN / 2 / capacitySat);
  // To the satoshi, so that both sides come out whole.
  return Math.round(Math.min(1 - RESERVE_SHARE, Math.max(least, drawn)) * capacitySat) / capacitySat;
}

export function ratePpmOf(written: WrittenRates, random: SeededRandom): number {
  return Math.min(RATE_PPM_MAX, Math.round(logNormalOf(random, written.median, written.mean)));
}
