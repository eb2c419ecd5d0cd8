import test from 'ava';
import fc from 'fast-check';
import type { ChannelPlan } from '../../nodes/plan.ts';
import { commitFeeChanges } from '../../sim/measure/commit-fees.ts';

const channel = (from: string, to: string) => ({ name: `${from}-${to}`, from, to }) as ChannelPlan;

/** What both ends of each channel lose when its fee rises by so much. */
function lostBy(channels: readonly ChannelPlan[], rises: readonly number[]): Map<string, number> {
  const lost = new Map(channels.flatMap(({ from, to }) => [from, to]).map((name) => [name, 0]));
  channels.forEach(({ from, to }, index) => {
    for (const end of [from, to]) lost.set(end, lost.get(end)! + rises[index]!);
  });
  return lost;
}

test('on a tree every opener gets back what its commitment fees rose by, whatever the tree', (t) => {
  const tree = fc
    .array(fc.tuple(fc.nat(), fc.boolean(), fc.integer({ min: -5_000, max: 5_000 })), { minLength: 1, maxLength: 12 })
    .map((parents) =>
      parents.map(([parent, swap, rise], index) => {
        const [one, other] = [`n${index + 1}`, `n${parent % (index + 1)}`];
        return { channel: swap ? channel(one, other) : channel(other, one), rise: rise * 1_000 };
      }),
    );
  fc.assert(
    fc.property(tree, (edges) => {
      const channels = edges.map((edge) => edge.channel);
      const rises = edges.map((edge) => edge.rise);
      const expected = new Map<string, number>();
      for (const {
        channel: { from },
        rise,
      } of edges)
        if (rise !== 0) expected.set(from, (expected.get(from) ?? 0) + rise);
      t.deepEqual(new Map([...commitFeeChanges(channels, lostBy(channels, rises))!].sort()), new Map([...expected].sort()));
    }),
    { numRuns: 200 },
  );
});

test('on a ring nothing is told apart, unless nothing changed', (t) => {
  const ring = [channel('a', 'b'), channel('b', 'c'), channel('c', 'a')];
  t.is(commitFeeChanges(ring, lostBy(ring, [1_000, 0, 0])), null);
  t.deepEqual(commitFeeChanges(ring, lostBy(ring, [0, 0, 0])), new Map());
});
