import test from 'ava';
import * as fc from 'fast-check';
import { EventQueue, REVOCABLE } from '../../nodes/simulated/event-queue.ts';

/** Distances of every size that a bucket stands for, up to 285 years, and many that are equal. */
const distance = fc.oneof(
  fc.constantFrom(0, 1, 255, 256, 65_536, 2 ** 24, 2 ** 31, 2 ** 32),
  fc.nat(1_000),
  fc.nat(10 ** 9),
  fc.maxSafeNat(),
);

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('push' as const), us: distance, revocable: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('pop' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('revoke' as const), which: fc.nat(1_000) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('peek' as const) }) },
  ),
  { maxLength: 400 },
);

test('events come by time and then by sequence, without those taken back, whatever is asked for when', (t) => {
  void fc.assert(
    fc.property(steps, (asked) => {
      const dropped: number[] = [];
      const queue = new EventQueue((slot) => dropped.push(slot));
      let expected: { atUs: number; sequence: number; revocable: boolean }[] = [];
      let now = 0;
      let taken = 0;
      const pop = () => {
        expected.sort((a, b) => a.atUs - b.atUs || a.sequence - b.sequence);
        const first = expected.shift();
        t.is(queue.pop(), first?.atUs ?? -1);
        if (first === undefined) return;
        t.deepEqual([queue.a, queue.kind], [first.sequence, first.revocable ? REVOCABLE : 2]);
        now = first.atUs;
      };
      asked.forEach((step, sequence) => {
        if (step.do === 'push') {
          const atUs = Math.min(now + step.us, Number.MAX_SAFE_INTEGER);
          queue.push(atUs, step.revocable ? REVOCABLE : 2, sequence, -sequence);
          expected.push({ atUs, sequence, revocable: step.revocable });
        } else if (step.do === 'pop') pop();
        else if (step.do === 'peek') t.is(queue.peekUs(), Math.min(Number.POSITIVE_INFINITY, ...expected.map(({ atUs }) => atUs)));
        else {
          const revocable = expected.filter((event) => event.revocable);
          const chosen = revocable[step.which % Math.max(1, revocable.length)];
          if (chosen === undefined) return;
          queue.revoke(chosen.sequence);
          expected = expected.filter((event) => event !== chosen);
          taken += 1;
        }
        t.is(queue.size, expected.length);
      });
      while (expected.length > 0) pop();
      pop();
      t.true(dropped.length <= taken && new Set(dropped).size === dropped.length);
    }),
    { numRuns: 300, seed: 1 },
  );
});

test('many taken back are swept out and their slots are free again', (t) => {
  let dropped = 0;
  const queue = new EventQueue(() => {
    dropped += 1;
  });
  for (let slot = 0; slot < 10_000; slot++) queue.push(60_000_000 + slot, REVOCABLE, slot, 0);
  for (let slot = 0; slot < 10_000; slot++) if (slot % 10 !== 0) queue.revoke(slot);
  t.is(queue.size, 1_000);
  t.true(dropped >= 7_000, `${dropped} of 9,000`);
  for (let slot = 0; slot < 10_000; slot += 10) t.is(queue.pop(), 60_000_000 + slot);
  t.is(dropped, 9_000);
});
