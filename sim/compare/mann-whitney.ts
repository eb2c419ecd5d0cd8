/**
 * Whether two groups of runs differ in place: the Mann–Whitney U test (Mann and Whitney 1947, Wilcoxon 1945). It asks nothing of the
 * figures' distribution, which on a shared machine nobody knows. p is exact for the numbers of runs that benches have, ties included:
 * tables and the normal approximation are wrong there. What is worked out from p (the smallest, the critical U) is of the same kind as p.
 */

export interface MannWhitney {
  /** Pairs in which `head` is larger, ties as halves. */
  readonly u: number;
  /** Two-sided: how often chance alone moves the rank sum at least as far from its middle. */
  readonly p: number;
}

/** Past this many runs in all the normal approximation, with ties and continuity corrected, is as good and costs nothing. */
export const EXACT_MAX = 60;

/** Of two groups, neither of them empty. */
export function mannWhitney(base: readonly number[], head: readonly number[]): MannWhitney {
  const ranks = doubledRanks([...base, ...head]);
  const sum = ranks.slice(base.length).reduce((total, rank) => total + rank, 0);
  const u = sum / 2 - (head.length * (head.length + 1)) / 2;
  return { u, p: ranks.length <= EXACT_MAX ? exactP(ranks, head.length, sum) : normalP(ranks, head.length, sum) };
}

/** The smallest p that so many runs a side can give, when every run of one lies beyond every run of the other. */
export function smallestP(base: number, head: number): number {
  if (base + head > EXACT_MAX) return twoTails((base * head) / 2, varianceOf(base, head));
  return Math.min(1, 2 / binomial(base + head, head));
}

/** A side of `sim bench` takes no more. */
export const RUNS_MAX = 1_000;

/** The fewest runs a side with which anything can be significant at `level`. */
export function fewestRuns(level: number): number {
  let runs = 1;
  while (runs < RUNS_MAX && smallestP(runs, runs) > level) runs += 1;
  return runs;
}

/** The least U that is significant at `level` (two-sided, no ties) as a count of pairs; null where no U is. */
export function criticalPairs(base: number, head: number, level: number): number | null {
  return base + head > EXACT_MAX ? normalCriticalPairs(base, head, level) : exactCriticalPairs(base, head, level);
}

function exactCriticalPairs(base: number, head: number, level: number): number | null {
  const ranks = Array.from({ length: base + head }, (_, index) => 2 * (index + 1));
  const ways = waysOfSums(ranks, head);
  const all = binomial(base + head, head);
  const least = head * (head + 1);
  let tail = 0;
  let critical: number | null = null;
  // From the largest sum downwards: U is half the sum above the least one.
  for (let sum = ways.length - 1; sum >= 0; sum--) {
    tail += ways[sum]!;
    if ((2 * tail) / all > level) break;
    if (ways[sum]! > 0) critical = (sum - least) / 2;
  }
  return critical;
}

/** Counting every choice of ranks takes 10^10 steps at 200 runs a side. p falls as U rises from its middle. */
function normalCriticalPairs(base: number, head: number, level: number): number | null {
  if (smallestP(base, head) > level) return null;
  const pairs = base * head;
  const variance = varianceOf(base, head);
  let [least, most] = [Math.ceil(pairs / 2), pairs];
  while (least < most) {
    const middle = Math.floor((least + most) / 2);
    if (twoTails(middle - pairs / 2, variance) <= level) most = middle;
    else least = middle + 1;
  }
  return most;
}

/** Twice the midranks, so that ties stay whole numbers. */
function doubledRanks(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1]!] === values[order[from]!]) to += 1;
    for (let at = from; at <= to; at++) ranks[order[at]!] = from + to + 2;
    from = to + 1;
  }
  return ranks;
}

/** Every choice of `chosen` among the ranks is as likely as any other when the groups do not differ. */
function exactP(ranks: readonly number[], chosen: number, sum: number): number {
  const ways = waysOfSums(ranks, chosen);
  // Twice the middle of the sum is a whole number, so that no rounding decides what is as far away.
  const middle = chosen * (ranks.length + 1);
  const away = Math.abs(sum - middle);
  let extreme = 0;
  let all = 0;
  for (const [candidate, count] of ways.entries()) {
    all += count;
    if (Math.abs(candidate - middle) >= away) extreme += count;
  }
  return Math.min(1, extreme / all);
}

/** How many choices of `chosen` ranks have each sum. */
function waysOfSums(ranks: readonly number[], chosen: number): Float64Array {
  const most = [...ranks]
    .sort((a, b) => b - a)
    .slice(0, chosen)
    .reduce((sum, rank) => sum + rank, 0);
  const width = most + 1;
  const ways = Array.from({ length: chosen + 1 }, () => new Float64Array(width));
  ways[0]![0] = 1;
  for (const rank of ranks) {
    for (let count = chosen; count >= 1; count--) {
      const [into, from] = [ways[count]!, ways[count - 1]!];
      for (let sum = width - 1; sum >= rank; sum--) into[sum]! += from[sum - rank]!;
    }
  }
  return ways[chosen]!;
}

function normalP(ranks: readonly number[], chosen: number, sum: number): number {
  const all = ranks.length;
  const tied = [...Map.groupBy(ranks, (rank) => rank).values()].reduce((total, { length }) => total + length ** 3 - length, 0);
  const variance = varianceOf(all - chosen, chosen, tied);
  return variance === 0 ? 1 : twoTails(Math.abs(sum - chosen * (all + 1)) / 2, variance);
}

/** Of U; `tied` is the sum of t³ − t over the ranks that t runs share. */
function varianceOf(base: number, head: number, tied = 0): number {
  const all = base + head;
  return ((base * head) / 12) * (all + 1 - tied / (all * (all - 1)));
}

/** p of a U that lies so far from its middle; it goes by steps, so the half of one counts as nearer. */
function twoTails(away: number, variance: number): number {
  return Math.min(1, 2 * upperTail(Math.max(0, away - 0.5) / Math.sqrt(variance)));
}

/** Of the standard normal distribution: Abramowitz and Stegun 26.2.17, wrong by less than 1e-7. */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
}

function binomial(n: number, k: number): number {
  let product = 1;
  for (let step = 1; step <= k; step++) product = (product * (n - k + step)) / step;
  return Math.round(product);
}
