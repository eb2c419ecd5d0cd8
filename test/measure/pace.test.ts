import test from 'ava';
import { busyWarning, paceWarning } from '../../sim/host.ts';
import { measurePace } from '../../sim/measure/pace.ts';

test('the pace is the number of rounds a second of the clock that is handed in', (t) => {
  let nowMs = 0;
  const pace = measurePace(() => {
    nowMs += 50;
    return nowMs;
  });
  t.true(pace > 15 && pace < 25, `${pace} rounds a second where one takes 50 ms`);
});

test('a machine that was a fourth slower or faster at the end than at the beginning is told', (t) => {
  t.is(paceWarning({}), null);
  t.is(paceWarning({ pacePerS: [1_000, 1_200] }), null);
  t.regex(paceWarning({ pacePerS: [1_000, 700] })!, /30 % slower when this run ended/);
  t.regex(paceWarning({ pacePerS: [700, 1_000] })!, /43 % faster/);
});

test('a machine that was busy before a run is told, but where time was virtual', (t) => {
  t.is(busyWarning({ load1: 0.9, cores: 2 }, 'docker'), null);
  t.regex(busyWarning({ load1: 1.1, cores: 2 }, 'docker')!, /load 1\.1 on 2 cores/);
  t.is(busyWarning({ load1: 20, cores: 2 }, 'simulated'), null);
});
