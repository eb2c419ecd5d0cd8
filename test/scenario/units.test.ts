import test from 'ava';
import fc from 'fast-check';
import { type Dimension, MEASURES, readQuantity } from '../../sim/scenario/units.ts';

/** Written, and what it is in the dimension's own unit. The factors are SI's and IEC 80000-13's, not this code's. */
const TABLE: readonly [Dimension, unknown, number][] = [
  ['duration', '50 ms', 50],
  ['duration', '0.1 s', 100],
  ['duration', '10 min', 600_000],
  ['duration', '1h', 3_600_000],
  ['duration', '1.5 ms', 1.5],
  ['duration', '250 us', 0.25],
  ['duration', 0, 0],
  ['bytes', '262144 B', 262_144],
  ['bytes', '256 KiB', 262_144],
  ['bytes', '64 kB', 64_000],
  ['bytes', '1.5 MiB', 1_572_864],
  ['bytes', '4 MB', 4_000_000],
  ['bytes', '1 GiB', 1_073_741_824],
  ['amount', '10M sat', 10_000_000_000],
  ['amount', '1M sat', 1_000_000_000],
  ['amount', '2.5k sat', 2_500_000],
  ['amount', '1 msat', 1],
  ['amount', '1_000 msat', 1_000],
  ['amount', '0.1 BTC', 10_000_000_000],
  ['rate', '512 kbit/s', 64_000],
  ['rate', '64 kB/s', 64_000],
  ['rate', '2 MiB/s', 2_097_152],
  ['rate', '1 bit/s', 0.125],
  ['cost', '2k sat/MiB', 2_000_000],
  ['share', '90 %', 0.9],
  ['share', 0.9, 0.9],
  ['share', 1, 1],
];

for (const [dimension, written, value] of TABLE) {
  test(`${JSON.stringify(written)} as ${dimension} is ${value} ${MEASURES[dimension].unit}`, (t) => {
    t.deepEqual(readQuantity(dimension, written), { value });
  });
}

const REFUSED: readonly [Dimension, unknown, RegExp][] = [
  ['duration', 50, /found 50 without a unit/],
  ['duration', '50', /without a unit/],
  ['duration', '10 kB', /kB measures size/],
  ['duration', '10 sec', /unknown unit 'sec'/],
  ['duration', '-1 s', /must not be negative/],
  ['duration', '0.0001 ms', /not a whole number of microseconds/],
  ['bytes', '64 kb', /unknown unit 'kb'; did you mean kB\?/],
  ['bytes', '0.5 B', /not a whole number of bytes/],
  ['bytes', '1e3 B', /unknown unit/],
  ['bytes', 'lots', /expected a size such as .*, found 'lots'/],
  ['bytes', '99999999 GiB', /too large to count exactly/],
  ['bytes', `${'9'.repeat(5000)} B`, /expected a size/],
  ['amount', '0.5 msat', /not a whole number of millisatoshi/],
  ['amount', '10 Msat', /unknown unit 'Msat'; did you mean/],
  ['rate', '64 kB', /kB measures size/],
  ['amount', null, /found no value/],
  ['amount', undefined, /found nothing/],
  ['amount', { sat: 1 }, /found a map/],
  ['amount', [1], /found a list/],
  ['amount', Number.NaN, /without a unit/],
];

for (const [dimension, written, problem] of REFUSED) {
  test(`${typeof written} ${String(written).slice(0, 30)} is no ${dimension}, and the message says what was expected`, (t) => {
    const read = readQuantity(dimension, written);
    t.true('problem' in read);
    if ('problem' in read) t.regex(read.problem, problem);
  });
}

const dimensions = Object.keys(MEASURES) as Dimension[];
const whole = fc
  .constantFrom(...dimensions)
  .chain((dimension) => fc.tuple(fc.constant(dimension), fc.constantFrom(...Object.keys(MEASURES[dimension].steps)), fc.nat(50_000)));

test('a count of any unit is that many times one of it, with or without a space', (t) => {
  fc.assert(
    fc.property(whole, ([dimension, unit, count]) => {
      const read = (written: string) => {
        const result = readQuantity(dimension, written);
        return 'value' in result ? result.value : Number.NaN;
      };
      const one = read(`1 ${unit}`);
      t.is(read(`${count}${unit}`), read(`${count} ${unit}`));
      // A share and a rate in bits may come out as fractions, which double as they can.
      t.true(Math.abs(read(`${count} ${unit}`) - one * count) <= one * count * 1e-12);
    }),
  );
});

test('decimals are exact: a whole number of steps written with a point comes back as itself', (t) => {
  fc.assert(
    fc.property(fc.nat(999_999_999), fc.integer({ min: 1, max: 999 }), (whole, thousandths) => {
      const fraction = String(thousandths).padStart(3, '0');
      t.deepEqual(readQuantity('amount', `${whole}.${fraction} sat`), { value: whole * 1_000 + thousandths });
    }),
  );
});

test('no text whatever makes the reader throw', (t) => {
  fc.assert(
    fc.property(fc.constantFrom(...dimensions), fc.oneof(fc.string(), fc.anything()), (dimension, written) => {
      const read = readQuantity(dimension, written);
      t.true('problem' in read || (Number.isFinite(read.value) && read.value >= 0));
    }),
  );
});
