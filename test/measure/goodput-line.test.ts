import test from 'ava';
import fc from 'fast-check';
import { goodputLine } from '../../sim/measure/goodput-line.ts';

const OF = { workload: 'tunnel', carrier: 'keysend' };

test('bytes that come evenly make an even line, from when the first was asked for', (t) => {
  const arrived = Array.from({ length: 100 }, (_, i) => ({ ms: 1_005 + i * 10, bytes: 50 }));
  const line = goodputLine(OF, { startMs: 1_000, arrived }, 400);
  t.is(line?.fromMs, 600);
  t.is(line?.bytesPerS.length, 12);
  t.is(line?.stepMs, 82.917);
  const { bytesPerS } = line!;
  t.true(bytesPerS.every((rate) => Math.abs(rate - 5_000) <= 50 * (1_000 / 82.917) * 2));
});

test('an outage in the middle is a line that falls to nothing and comes back', (t) => {
  const at = (ms: number) => ({ ms, bytes: 1_000 });
  const arrived = [...Array.from({ length: 40 }, (_, i) => at(i * 10 + 5)), ...Array.from({ length: 40 }, (_, i) => at(1_200 + i * 10))];
  const { bytesPerS } = goodputLine(OF, { startMs: 0, arrived }, 0)!;
  // Ten steps of 159 ms: those from 477 to 1,113 ms hold nothing of what came until 395 and again from 1,200.
  t.is(bytesPerS.filter((rate) => rate === 0).length, 4);
  t.true(bytesPerS[0]! > 0 && bytesPerS.at(-1)! > 0);
});

test('what came at once has no line: nobody knows how it went', (t) => {
  t.is(goodputLine(OF, { startMs: 5, arrived: [{ ms: 5, bytes: 9 }] }, 0), null);
  t.is(goodputLine(OF, { startMs: 5, arrived: [] }, 0), null);
});

test('no byte is lost or invented, whatever the order', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ ms: fc.integer({ min: 0, max: 100_000 }), bytes: fc.integer({ min: 1, max: 65_536 }) }), {
        maxLength: 2_000,
        size: 'max',
      }),
      (arrived) => {
        const line = goodputLine(OF, { startMs: 0, arrived }, 0);
        if (line === null) return void t.true(arrived.length < 16 || arrived.every(({ ms }) => ms === 0));
        t.true(line.bytesPerS.length <= 120);
        const sum = line.bytesPerS.reduce((total, rate) => total + (rate * line.stepMs) / 1_000, 0);
        const moved = arrived.reduce((total, { bytes }) => total + bytes, 0);
        t.true(Math.abs(sum - moved) <= moved * 1e-3 + line.bytesPerS.length * line.stepMs);
      },
    ),
  );
});
