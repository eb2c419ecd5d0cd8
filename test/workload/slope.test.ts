/** Slopes and their intervals against published figures, then what they say of series whose truth is known. */
import test from 'ava';
import fc from 'fast-check';
import { normal } from '../../nodes/distributions.ts';
import { SeededRandom } from '../../nodes/seeded-random.ts';
import { inflation } from '../../sim/workload/soak/inflation.ts';
import { beyondNoise, type Sample, slopePerHour } from '../../sim/workload/soak/slope.ts';
import { type Interval, type Life, theilSen } from '../../sim/workload/soak/theil-sen.ts';

const Z_93 = 1.8119106729525973;
const Z_99 = 2.5758293035489;
/** soak.yaml's thresholds. */
const ALARM_PER_HOUR = 0.05;
const EVERY_TEN_MINUTES = [10, 20, 30, 40, 50];

test('the example of Sen (1968): 4, and 3.71 to 4.38 at 93 %', (t) => {
  const { perMs, interval } = theilSen([at([1, 2, 3, 4, 10, 12, 18], [9, 15, 19, 20, 45, 55, 78])]);
  t.deepEqual([perMs, ...ends(interval(Z_93))].map(rounded), [4, 3.71, 4.38]);
});

test('many ties as SciPy 1.17 has them', (t) => {
  // scipy.stats.theilslopes(y, range(30), 0.99)
  const y = [54, 47, 52, 52, 47, 55, 48, 52, 53, 48, 56, 49, 53, 54, 49, 57, 51, 54, 56, 50, 58, 52, 54, 57, 51, 59, 53, 55, 58, 52];
  const { perMs, interval } = theilSen([at([...y.keys()], y)]);
  t.deepEqual([perMs, ...ends(interval(Z_99))], [0.2, 0, 6 / 17]);
});

test('three lives as pymannkendall 1.4 has three seasons', (t) => {
  // seasonal_sens_slope: 1.4444…; seasonal_test: S has a variance of 370, so of 135 sorted slopes the 42nd and the 93rd end the interval.
  const lives = [
    [37, 38, 37, 45, 47, 39, 48, 44, 44, 54],
    [90, 97, 88, 98, 92, 97, 92, 103, 98, 102],
    [58, 55, 68, 59, 64, 69, 66, 72, 74, 71],
  ];
  const { perMs, interval } = theilSen(lives.map((values) => at([...values.keys()], values)));
  t.deepEqual([perMs, ...ends(interval(Z_99))], [13 / 9, 0.5, 2.2]);
});

test('the Nile at Aswan, 1871 to 1970: as SciPy has it, and widened by what statsmodels says of its residuals', (t) => {
  // theilslopes at 99 %: -2.6, -4.03… to -1.04. statsmodels.tsa.stattools.acf(y + 2.6 x, nlags=1): r = 0.374944; what a mean and a slope of
  // 100 points took given back, (r + 0.02) / (1 - 0.04) = 0.411400, so the variance is times 2.397890; theilslopes(y, x,
  // 2 * norm.sf(2.57583 * sqrt(2.397890))): -4.8666… to -0.12.
  const volumes = [
    ...[1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140],
    ...[1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969],
    ...[831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759],
    ...[781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890],
    ...[744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740],
  ];
  const years = volumes.map((_, index) => 1_871 + index);
  const nile = [at(years, volumes)];
  const { perMs, interval } = theilSen(nile);
  t.deepEqual([perMs, ...ends(interval(Z_99))], [-2.6, -121 / 30, -1.04]);
  const times = inflation(nile, perMs);
  t.true(Math.abs(times - 2.39789) < 1e-5);
  t.deepEqual(ends(interval(Z_99 * Math.sqrt(times))), [-73 / 15, -0.12]);
});

test('a slope does not depend on the unit of its values nor on when its clock began, and its interval holds it', (t) => {
  const values = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 12, maxLength: 60 });
  fc.assert(
    fc.property(values, fc.integer({ min: 0, max: 1e9 }), (drawn, startMs) => {
      const one = slopePerHour(everyMinute(drawn))!;
      const other = slopePerHour(everyMinute(drawn.map((value) => value * 1_024)).map((p) => ({ ...p, atMs: p.atMs + startMs })))!;
      const alike = (['perHour', 'low', 'high'] as const).every((key) => Math.abs(one[key] - other[key]) <= 1e-9 * Math.abs(one[key]));
      return alike && one.low <= one.perHour && one.perHour <= one.high;
    }),
  );
  t.pass();
});

test('what stands still under noise is within noise 99 times in 100', (t) => {
  t.true(withinNoise(1_000, 0) >= 0.97);
});

test('nearly as often where each figure resembles the one before', (t) => {
  t.true(withinNoise(1_000, 0.6) >= 0.97);
  t.true(withinNoise(1_000, 0.9) >= 0.95);
});

test('a leak of a fifth an hour is beyond noise of 3 %, and so is as slow a death', (t) => {
  const beyond = (perHour: number) => drawn(100, `fifth ${perHour}`, [], ({ hours }) => 1 + perHour * hours, 0.03);
  // Two in a hundred seem to ease.
  t.true(beyond(0.2).filter((leak) => leak > 0.05 && leak < 0.2).length >= 95);
  t.true(beyond(-0.2).filter((death) => death < -0.05 && death > -0.3).length >= 95);
});

test('the same leak is beyond noise of 1 % in a process that starts anew every ten minutes', (t) => {
  const leaks = drawn(100, 'restarted', EVERY_TEN_MINUTES, ({ age }) => 1 + 0.2 * age, 0.01);
  t.true(leaks.filter((leak) => leak > 0).length >= 95);
});

test('without a leak such a process is within noise', (t) => {
  const still = drawn(100, 'restarted still', EVERY_TEN_MINUTES, () => 1, 0.01);
  t.true(still.filter((beyond) => beyond !== 0).length <= 3);
});

test('a process that starts anew with less or more each time is within noise', (t) => {
  const steps = drawn(100, 'steps', EVERY_TEN_MINUTES, ({ hours }) => 1 + 0.5 * Math.sin(Math.floor(6 * hours)), 0.01);
  t.true(steps.filter((beyond) => beyond !== 0).length <= 3);
});

test('one restart and a warming up of 30 % after it is no leak', (t) => {
  for (const minute of [15, 18, 20, 22]) {
    const warming = drawn(100, `warming ${minute}`, [minute], ({ age }) => 1 - 0.3 * Math.exp(-6 * age), 0.01);
    t.true(warming.filter((beyond) => beyond > ALARM_PER_HOUR).length <= 8, `${minute}`);
  }
});

test('a descriptor more every five minutes is a leak; one more after half an hour is not', (t) => {
  t.true(beyondNoise(slopePerHour(hourOf((hours) => 30 + Math.floor(12 * hours)))!) > 0.1);
  t.is(beyondNoise(slopePerHour(hourOf((hours) => (hours < 0.65 ? 30 : 31)))!), 0);
});

test('the warming up at its beginning does not count, and one figure all along has no slope', (t) => {
  const { perHour, low, high } = slopePerHour(hourOf((hours) => (hours < 1 / 3 ? 1 + hours : 5)))!;
  t.deepEqual([perHour, low, high], [0, 0, 0]);
  t.is(beyondNoise({ perHour, low, high }), 0);
});

test('fewer than eight points once warmed up say nothing, nor does a median of 0', (t) => {
  t.is(slopePerHour(everyMinute([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])), null);
  t.not(slopePerHour(everyMinute([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])), null);
  t.is(slopePerHour(everyMinute(Array.from({ length: 30 }, () => 0))), null);
});

test('lives that are too short each say nothing, however many there are', (t) => {
  const lives = Array.from(
    { length: 120 },
    (_, index): Sample => ({ atMs: index * 25_000, value: 1 + index, life: Math.floor(index / 11) }),
  );
  t.is(slopePerHour(lives), null);
});

test('a day of short rounds is thinned, and leaks as it did', (t) => {
  const day = Array.from({ length: 40_000 }, (_, index): Sample => ({ atMs: index * 2_000, value: 1_000 + index, life: 0 }));
  // 1,800 an hour over a median of 27,666 once warmed up.
  t.true(Math.abs(slopePerHour(day)!.perHour - 1_800 / 27_666) < 1e-5);
});

/** What lies beyond noise in so many drawn hours of 144 rounds, of a process that starts anew at these minutes. */
function drawn(
  count: number,
  name: string,
  restarts: readonly number[],
  value: (at: { readonly hours: number; readonly age: number }) => number,
  deviation: number,
): number[] {
  return Array.from({ length: count }, (_, seed) => {
    const noise = noiseOf(`${name} ${seed}`, 0);
    const samples = Array.from({ length: 144 }, (_, index): Sample => {
      const minute = (index * 60) / 144;
      const life = restarts.filter((restart) => restart <= minute).length;
      const age = (minute - (restarts[life - 1] ?? 0)) / 60;
      return { atMs: minute * 60_000, value: value({ hours: minute / 60, age }) * (1 + deviation * noise()), life };
    });
    return beyondNoise(slopePerHour(samples)!);
  });
}

/** What share of so many hours that stand still, 3 % noise of an AR(1) with this r around them, is within noise. */
function withinNoise(hours: number, r: number): number {
  let within = 0;
  for (let seed = 0; seed < hours; seed++) {
    const noise = noiseOf(`still ${seed}`, r);
    if (beyondNoise(slopePerHour(hourOf(() => 1e8 * (1 + 0.03 * noise())))!) === 0) within += 1;
  }
  return within / hours;
}

/** Normal deviates, each r times the one before and the rest new. */
function noiseOf(name: string, r: number): () => number {
  const random = new SeededRandom(1, name);
  let last = normal(random);
  return () => {
    last = r * last + Math.sqrt(1 - r * r) * normal(random);
    return last;
  };
}

/** A hundred rounds. */
function hourOf(value: (hours: number) => number): Sample[] {
  return Array.from({ length: 100 }, (_, index) => ({ atMs: index * 36_000, value: value(index / 100), life: 0 }));
}

function everyMinute(values: readonly number[]): Sample[] {
  return values.map((value, index) => ({ atMs: index * 60_000, value, life: 0 }));
}

function at(times: readonly number[], values: readonly number[]): Life {
  return times.map((atMs, index) => ({ atMs, value: values[index]! }));
}

function ends({ low, high }: Interval): number[] {
  return [low, high];
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}
