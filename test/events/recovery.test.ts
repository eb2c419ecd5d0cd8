/** What an event did to goodput, from traffic whose rate is known in every bin. */
import test from 'ava';
import fc from 'fast-check';
import { effects } from '../../sim/events/recovery.ts';
import { BIN_MS, type Span } from '../../sim/events/traffic.ts';

/** [seconds, units per second] one after the other. */
const traffic = (...parts: readonly (readonly [number, number])[]): number[] =>
  parts.flatMap(([seconds, perS]) => Array<number>((seconds * 1_000) / BIN_MS).fill((perS * BIN_MS) / 1_000));
const whole = (fromS: number, toS: number): Span => ({ fromMs: fromS * 1_000, toMs: toS * 1_000, whole: true, unit: 'B', workload: 0 });

test('a pause lasts from the event to the first bytes after it', (t) => {
  const bins = traffic([10, 1_000], [4, 0], [10, 1_000]);
  const [effect] = effects([10_000], bins, [whole(0, 24)]);
  t.is(effect!.beforePerS, 1_000);
  t.is(effect!.lowestPerS, 0);
  t.is(effect!.recoveryMs, 4_000);
});

test('what never falls below half was not disturbed', (t) => {
  const [effect] = effects([10_000], traffic([10, 1_000], [10, 600]), [whole(0, 20)]);
  t.deepEqual(effect, { beforePerS: 1_000, lowestPerS: 600, recoveryMs: 0 });
});

test('what is not back when the traffic broke off has no recovery, and what arrived whole has one', (t) => {
  const bins = traffic([10, 1_000], [10, 0]);
  t.is(effects([10_000], bins, [{ ...whole(0, 20), whole: false }])[0]!.recoveryMs, null);
  t.is(effects([10_000], bins, [whole(0, 20)])[0]!.recoveryMs, 10_000);
});

test('an event into the pause of another is held against what was before that one', (t) => {
  const bins = traffic([10, 1_000], [6, 0], [10, 1_000]);
  const [kill, restart] = effects([10_000, 13_000], bins, [whole(0, 26)]);
  t.is(kill!.recoveryMs, 6_000);
  t.is(restart!.beforePerS, 1_000);
  t.is(restart!.recoveryMs, 3_000);
});

test('what only the next event disturbs is not held against the one before', (t) => {
  const bins = traffic([12, 1_000], [4, 0], [10, 1_000]);
  const [harmless, kill] = effects([10_000, 12_000], bins, [whole(0, 26)]);
  t.is(harmless!.recoveryMs, 0);
  t.is(kill!.recoveryMs, 4_000);
});

test('an event between two transfers is over with the first bytes of the next that arrived whole', (t) => {
  const bins = traffic([10, 1_000], [4, 0], [2, 500], [4, 0], [10, 1_000]);
  const lost = { ...whole(14, 18), whole: false };
  const [effect] = effects([12_000], bins, [whole(0, 10), lost, whole(19, 30)]);
  t.is(effect!.beforePerS, 600);
  t.is(effect!.recoveryMs, 8_000);
  t.is(effects([12_000], bins, [whole(0, 10), whole(13, 16)])[0]!.recoveryMs, 2_000);
  t.deepEqual(effects([12_000], bins, [whole(0, 10), lost]), [null]);
  t.deepEqual(
    effects([12_000], bins, [whole(0, 10), { ...whole(19, 30), workload: 1 }]),
    [null],
    'what another workload moves is none of it',
  );
});

test('a transfer that an event ended is made up for by the first bytes of the next that arrived whole', (t) => {
  const bins = traffic([10, 1_000], [6, 0], [10, 1_000]);
  const [effect] = effects([10_000], bins, [{ ...whole(0, 13), whole: false }, whole(15, 26)]);
  t.is(effect!.recoveryMs, 6_000);
});

test('an event while nothing was to move says nothing', (t) => {
  const bins = traffic([10, 1_000], [14, 0], [10, 1_000]);
  t.deepEqual(effects([16_000], bins, [whole(0, 10), whole(24, 34)]), [null]);
  t.deepEqual(effects([0], bins, []), [null]);
});

test('whatever the traffic, a recovery lies between the event and the end of its transfer', (t) => {
  const bins = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 8, maxLength: 400 });
  fc.assert(
    fc.property(bins, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 }), fc.boolean(), (units, shares, arrived) => {
      const endMs = units.length * BIN_MS;
      const at = shares.map((share) => share * endMs).toSorted((one, other) => one - other);
      const found = effects(at, units, [{ fromMs: 0, toMs: endMs, whole: arrived, unit: 'B', workload: 0 }]);
      return found.every(
        (effect, index) =>
          effect === null ||
          (effect.lowestPerS <= effect.beforePerS &&
            (effect.recoveryMs === null || (effect.recoveryMs >= 0 && at[index]! + effect.recoveryMs <= endMs))),
      );
    }),
  );
  t.pass();
});
