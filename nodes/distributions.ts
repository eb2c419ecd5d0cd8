/** Draws from distributions, from a generator that is handed in. Only sqrt, log, exp and powers: no tables, the same on every machine. */
import type { Random } from './node.ts';

type Uniform = Pick<Random, 'float'>;

/** Mean 0, deviation 1: Marsaglia's polar method; the second of each pair is thrown away, so that a draw depends on nothing before it. */
export function normal(random: Uniform): number {
  for (;;) {
    const x = 2 * random.float() - 1;
    const y = 2 * random.float() - 1;
    const square = x * x + y * y;
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
  }
}

/** e to a normal deviate. */
export function logNormal(random: Uniform, mu: number, sigma: number): number {
  return Math.exp(mu + sigma * normal(random));
}

/** The same by what people know of it; mean ≥ median > 0. */
export function logNormalOf(random: Uniform, median: number, mean: number): number {
  return logNormal(random, Math.log(median), Math.sqrt(2 * Math.log(mean / median)));
}

/** The wait until the next of events that come at this rate. */
export function exponential(random: Uniform, rate: number): number {
  return -Math.log(1 - random.float()) / rate;
}

/** In (0, 1), as the share of one of two gamma deviates in both. */
export function beta(random: Uniform, a: number, b: number): number {
  const x = gamma(random, a);
  return x / (x + gamma(random, b));
}

/** Marsaglia and Tsang 2000; shapes below 1 by one above and a power. */
function gamma(random: Uniform, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * (1 - random.float()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    if (Math.log(1 - random.float()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
