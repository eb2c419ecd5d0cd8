import test from 'ava';
import * as fc from 'fast-check';
import { LeydenError } from '../../nodes/errors.ts';
import { type ChannelPlan, LINK_CLEAN, type NetworkPlan, ONION_LIMITER_OFF } from '../../nodes/plan.ts';
import { HTLC_SLOTS } from '../../nodes/simulated/channel.ts';
import type { SimulatedNetwork } from '../../nodes/simulated/index.ts';
import { linePlan } from './line.ts';
import { nodesOf, open, preimage } from './open.ts';

const policy = fc.record({
  feeBaseMsat: fc.nat(5_000),
  feeProportionalMillionths: fc.nat(20_000),
  cltvExpiryDelta: fc.integer({ min: 18, max: 144 }),
  htlcMinimumMsat: fc.constantFrom(1, 1_000),
});

/** A ring with chords: several ways from everywhere to everywhere. */
const ring = fc.integer({ min: 3, max: 6 }).chain((count) =>
  fc
    .array(
      fc.record({
        capacitySat: fc.integer({ min: 30_000, max: 300_000 }),
        balance: fc.double({ min: 0.2, max: 0.9, noNaN: true }),
        policies: fc.tuple(policy, policy),
      }),
      {
        minLength: count + 1,
        maxLength: count + 1,
      },
    )
    .map((channels): NetworkPlan => {
      const base = linePlan(count, { node: { onionLimiter: ONION_LIMITER_OFF } });
      const ends = (index: number) => (index < count ? [index, (index + 1) % count] : [0, 2]);
      return {
        ...base,
        channels: channels.map((channel, index): ChannelPlan => {
          const [from, to] = ends(index) as [number, number];
          return { name: `c${index}`, from: `n${from}`, to: `n${to}`, ...channel };
        }),
      };
    }),
);

const payments = fc.array(
  fc.record({
    from: fc.nat(5),
    to: fc.nat(5),
    amountMsat: fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 300_000, max: 40_000_000 })),
    afterMs: fc.nat(300),
  }),
  { minLength: 1, maxLength: 40 },
);

test('whatever is paid at once, no msat is made or lost, every HTLC ends, and the ledger is what balances show', async (t) => {
  await fc.assert(
    fc.asyncProperty(ring, payments, async (plan, wanted) => {
      await using network = await open(plan);
      const nodes = nodesOf(network);
      const before = await balances(network);
      const change = new Map<string, number>();
      const move = (key: string, msat: number) => change.set(key, (change.get(key) ?? 0) + msat);
      let total = 0;
      await Promise.all(
        wanted.map(async ({ from, to, amountMsat, afterMs }, index) => {
          await network.clock.sleep(afterMs);
          const payer = nodes[from % nodes.length]!;
          const { publicKey } = nodes[to % nodes.length]!;
          try {
            const route = await payer.route({ destination: publicKey, amountMsat, maxFeeMsat: 10_000_000 });
            const { feeMsat } = await payer.pay({ to: route, amountMsat, preimage: preimage(index), maxFeeMsat: 10_000_000 });
            move(payer.publicKey, -amountMsat - feeMsat);
            for (const hop of route.hops) move(hop.publicKey, hop.feeMsat);
            move(publicKey, amountMsat);
            total += 1;
          } catch (error) {
            if (!(error instanceof LeydenError) || error.exitCode !== 99) throw error;
          }
          for (const channel of network.model.channels) {
            if (channel.missingMsat() !== 0) throw new Error(`${channel.plan.name} lacks ${channel.missingMsat()} msat`);
          }
        }),
      );
      await network.quiet();
      const after = await balances(network);
      for (const { publicKey, name } of nodes) {
        const moved = after.get(publicKey)! - before.get(publicKey)!;
        if (moved !== (change.get(publicKey) ?? 0)) throw new Error(`${name} moved ${moved}, the ledger says ${change.get(publicKey)}`);
      }
      for (const channel of network.model.channels) {
        if (channel.pendingHtlcs !== 0 || channel.offeredMsat(0) + channel.offeredMsat(1) !== 0) throw new Error('an HTLC without an end');
        for (const side of [0, 1] as const) if (channel.balanceMsat(side) < 0) throw new Error(`${channel.plan.name} owes`);
      }
      return total <= wanted.length;
    }),
    { numRuns: 60, seed: 1 },
  );
  t.pass();
});

test('a direction of a channel never holds more HTLCs than its slots, and what does not fit fails and leaves no trace', async (t) => {
  // Far enough that payments come in faster than they end.
  const links = [{ ends: ['n1', 'n2'] as const, link: { ...LINK_CLEAN, delayMs: 500 } }];
  await using network = await open({ ...linePlan(3), links });
  const [n0, , n2] = nodesOf(network);
  const channel = network.model.channels[1]!;
  const route = await n0!.route({ destination: n2!.publicKey, amountMsat: 1_000, maxFeeMsat: 10_000 });
  const before = await n0!.balanceMsat();
  let most = 0;
  const outcomes = await Promise.allSettled(
    Array.from({ length: 700 }, async (_, index) => {
      const paying = n0!.pay({ to: route, amountMsat: 1_000, preimage: preimage(index), maxFeeMsat: 10_000 });
      most = Math.max(most, channel.htlcs(0), network.model.channels[0]!.htlcs(0));
      await paying;
      most = Math.max(most, channel.htlcs(0), network.model.channels[0]!.htlcs(0));
    }),
  );
  const settled = outcomes.filter(({ status }) => status === 'fulfilled').length;
  t.true(most <= HTLC_SLOTS && most > HTLC_SLOTS - 100, `at most ${most}`);
  t.true(settled >= HTLC_SLOTS && settled < 700, `${settled} settled`);
  await network.quiet();
  t.is(before.localMsat - (await n0!.balanceMsat()).localMsat, settled * 2_000);
});

async function balances(network: SimulatedNetwork): Promise<Map<string, number>> {
  const all = new Map<string, number>();
  for (const node of network.nodes.values()) all.set(node.publicKey, (await node.balanceMsat()).localMsat);
  return all;
}
