/** What a comparison promises, tried on runs whose truth is known: drawn from seeds, eight headline metrics, ten runs a side, 3 % of noise. */
import test from 'ava';
import { draws } from '../../sim/compare/draws.ts';
import { holm } from '../../sim/compare/holm.ts';
import { judge, type NoisyPair, pOf, RULES, type Rules, shiftOf } from '../../sim/compare/noisy.ts';

const METRICS = 8;
const RUNS = 10;
const CV = 0.03;
const COMPARISONS = 200;
/** Fewer resamples than a user gets, for time's sake: the interval is a little rougher. */
const FAST: Rules = { ...RULES, resamples: 1_000 };

/** Log-normal, as times and rates are: `cv` of 3 %. */
function world(seed: string): (middle: number, runs: number) => number[] {
  const draw = draws(seed);
  const unit = () => (draw(1 << 20) + 0.5) / (1 << 20);
  const normal = () => Math.sqrt(-2 * Math.log(unit())) * Math.cos(2 * Math.PI * unit());
  return (middle, runs) => Array.from({ length: runs }, () => middle * Math.exp(CV * normal()));
}

/** Eight metrics, the first of them `planted` times slower at head. */
function pairsOf(runs: ReturnType<typeof world>, planted: number): NoisyPair[] {
  return Array.from(
    { length: METRICS },
    (_, index): NoisyPair => ({
      key: `m${index}`,
      better: 'lower',
      margin: 0.1,
      base: runs(100 * (index + 1), RUNS),
      head: runs(100 * (index + 1) * (index === 0 ? planted : 1), RUNS),
    }),
  );
}

function verdicts(pairs: readonly NoisyPair[], rules: Rules): (string | null)[] {
  const adjusted = holm(pairs.map(pOf));
  return pairs.map((pair, index) => judge(pair, shiftOf(pair, rules), adjusted[index]!, METRICS, rules).verdict);
}

for (const level of [0.01, 0.05]) {
  test(`of ${COMPARISONS} comparisons of equal sides at most ${100 * level} % raise a false alarm`, (t) => {
    const runs = world(`equal ${level}`);
    const rules = { ...FAST, level };
    let alarms = 0;
    let sure = 0;
    for (let comparison = 0; comparison < COMPARISONS; comparison++) {
      const found = verdicts(pairsOf(runs, 1), rules);
      if (found.some((verdict) => verdict === 'regression' || verdict === 'improvement')) alarms += 1;
      if (found.every((verdict) => verdict === 'no change')) sure += 1;
    }
    t.log(`${alarms} alarms, ${sure} comparisons sure of no change`);
    t.true(alarms <= level * COMPARISONS, `${alarms}`);
    // 3 % of noise is nearly always little enough to say so.
    t.true(sure >= 0.95 * COMPARISONS, `${sure}`);
  });
}

test('even where every difference counts, however small, equal sides differ no more often than the level says', (t) => {
  const runs = world('bare level');
  const comparisons = 1_000;
  const least = Array.from({ length: comparisons }, () => Math.min(...holm(pairsOf(runs, 1).map(pOf))));
  for (const level of [0.01, 0.05]) {
    const alarms = least.filter((p) => p <= level).length;
    t.log(`${alarms} of ${comparisons} at ${100 * level} %`);
    t.true(alarms <= level * comparisons, `${alarms}`);
    // A test that never rejects would pass the line above.
    t.true(alarms >= 0.3 * level * comparisons, `${alarms}`);
  }
});

test('a planted 10 % is found in at least nine of ten comparisons, and is no improvement', (t) => {
  const runs = world('planted');
  let found = 0;
  for (let comparison = 0; comparison < COMPARISONS; comparison++) {
    const [first, ...others] = verdicts(pairsOf(runs, 1.1), FAST);
    if (first === 'regression') found += 1;
    t.not(first, 'improvement');
    t.is(others.length, METRICS - 1);
  }
  t.log(`found in ${found} of ${COMPARISONS}`);
  t.true(found >= 0.9 * COMPARISONS, `${found}`);
});

test('a planted tenth less is an improvement where less is better', (t) => {
  const runs = world('better');
  let found = 0;
  for (let comparison = 0; comparison < 50; comparison++) if (verdicts(pairsOf(runs, 1 / 1.1), FAST)[0] === 'improvement') found += 1;
  t.true(found >= 45, `${found}`);
});

test('three runs a side are never enough, and say how many would be', (t) => {
  const runs = world('few');
  const pair: NoisyPair = { key: 'm', better: 'lower', margin: 0.1, base: runs(100, 3), head: runs(200, 3) };
  const { verdict, runsNeeded, reason } = judge(pair, shiftOf(pair, FAST), pOf(pair), 1, FAST);
  t.is(verdict, 'inconclusive');
  // 2 / C(10, 5) = 0.0079 is the first below 1 %.
  t.is(runsNeeded, 5);
  t.regex(reason, /3 runs a side cannot reach the level of 1 %/);
});

test('noise that hides the margin is inconclusive, not no change', (t) => {
  const draw = draws('loud');
  const loud = () => Array.from({ length: RUNS }, () => 100 * (0.6 + (0.8 * draw(1_000)) / 1_000));
  const pair: NoisyPair = { key: 'm', better: 'lower', margin: 0.05, base: loud(), head: loud() };
  const { verdict, detectable, runsNeeded } = judge(pair, shiftOf(pair, FAST), 1, 1, FAST);
  t.is(verdict, 'inconclusive');
  t.true(detectable! > 0.2, String(detectable));
  t.true(runsNeeded! > 50, String(runsNeeded));
});

test('a clear difference that is shown to be smaller than the margin is no change', (t) => {
  const runs = world('small');
  const pair: NoisyPair = { key: 'm', better: 'lower', margin: 0.5, base: runs(100, 20), head: runs(110, 20) };
  const p = pOf(pair);
  t.true(p < 0.001);
  const { verdict, reason } = judge(pair, shiftOf(pair, FAST), p, 1, FAST);
  t.is(verdict, 'no change');
  t.is(reason, 'differs, but by less than the margin of 50 %');
});

test('figures of nothing are equal, and nothing against something has no ratio', (t) => {
  const zero = Array.from({ length: RUNS }, () => 0);
  const none: NoisyPair = { key: 'm', better: 'lower', margin: 0.1, base: zero, head: zero };
  t.is(judge(none, shiftOf(none, FAST), pOf(none), 1, FAST).verdict, 'no change');
  const some: NoisyPair = { ...none, head: zero.map((_, index) => index + 1) };
  t.deepEqual(shiftOf(some, FAST), { ratio: null, interval: null });
  t.is(judge(some, shiftOf(some, FAST), pOf(some), 1, FAST).verdict, 'regression');
});

test('a side without a figure is a doubt, not a pass', (t) => {
  const pair: NoisyPair = { key: 'm', better: 'lower', margin: 0.1, base: [1, 2, 3, 4, 5], head: [] };
  const { verdict, reason } = judge(pair, shiftOf(pair, FAST), pOf(pair), 1, FAST);
  t.is(verdict, 'inconclusive');
  t.is(reason, 'head has no figure for it');
});
