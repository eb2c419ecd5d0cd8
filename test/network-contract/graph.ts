import { FeeLimitError, NoRouteError } from '../../nodes/errors.ts';
import type { Node } from '../../nodes/node.ts';
import type { Contracts } from './contract.ts';
import { FEES_MSAT, routeTo, sum } from './contract.ts';

/** Odd and nobody's. */
const FEATURE = 1339;

export const graph: Contracts = {
  'every node knows every edge, with both policies': async (t, network, line) => {
    const chain = line.map(({ publicKey }) => publicKey);
    for (const node of line) {
      const { nodes, edges } = await node.graph();
      t.deepEqual(nodes.map(({ publicKey }) => publicKey).sort(), [...chain].sort());
      t.is(edges.length, 5);
      for (const { capacitySat, ends } of edges) {
        t.is(capacitySat, 10_000_000);
        t.true(ends[0].publicKey < ends[1].publicKey, 'BOLT 7: the lesser key first');
        t.is(Math.abs(chain.indexOf(ends[0].publicKey) - chain.indexOf(ends[1].publicKey)), 1);
        for (const { policy, disabled } of ends) {
          t.false(disabled);
          t.deepEqual(policy, { feeBaseMsat: 1000, feeProportionalMillionths: 1, cltvExpiryDelta: 80, htlcMinimumMsat: 1 });
        }
      }
    }
    const heights = await Promise.all(line.map((node) => node.height()));
    t.is(new Set(heights).size, 1);
    t.is(network.kind === 'simulated', network.clock.kind === 'virtual');
  },

  'a feature bit that one node announces reaches every other, and is taken back; either twice is no error': async (t, network, line) => {
    const announced = async (node: Node): Promise<boolean> =>
      (await node.graph()).nodes.find(({ publicKey }) => publicKey === line[0]!.publicKey)!.features.includes(FEATURE);
    for (const wanted of [true, false]) {
      await line[0]!.announceFeature(FEATURE, wanted);
      await line[0]!.announceFeature(FEATURE, wanted);
      for (const node of line) {
        for (let waits = 0; (await announced(node)) !== wanted && waits < 100; waits++) await network.clock.sleep(200);
        t.is(await announced(node), wanted, node.name);
      }
    }
  },

  'peers and channels are those of the line': async (t, _network, line) => {
    for (const [index, node] of line.entries()) {
      const neighbours = [line[index - 1], line[index + 1]].filter((peer) => peer !== undefined).map(({ publicKey }) => publicKey);
      t.deepEqual([...(await node.peers())].sort(), neighbours.sort());
      const channels = await node.channels();
      t.deepEqual(channels.map(({ partner }) => partner).sort(), neighbours);
      t.true(channels.every(({ active, pendingHtlcs }) => active && pendingHtlcs === 0));
      const balance = await node.balanceMsat();
      t.is(Math.floor(balance.localMsat / 1000), sum(channels.map(({ localBalanceSat }) => localBalanceSat)));
      t.is(balance.unsettledMsat, 0);
    }
  },

  'a route lists its hops with amounts and time-locks that fall by each policy': async (t, _network, line) => {
    const route = await routeTo(line, 5, 1000);
    t.deepEqual(
      route.hops.map(({ publicKey }) => publicKey),
      line.slice(1).map(({ publicKey }) => publicKey),
    );
    t.deepEqual(
      route.hops.map(({ forwardMsat }) => forwardMsat),
      [4000, 3000, 2000, 1000, 1000],
    );
    const [first, ...rest] = route.hops.map(({ expiry }) => expiry);
    t.deepEqual(rest, [first! - 80, first! - 160, first! - 240, first! - 240]);
    t.true(route.staleAtHeight > (await line[0]!.height()));
    const pinned = await line[0]!.route({
      destination: line[2]!.publicKey,
      amountMsat: 1000,
      maxFeeMsat: FEES_MSAT,
      via: [line[1]!.publicKey, line[2]!.publicKey],
    });
    t.is(pinned.hops.length, 2);
    await t.throwsAsync(line[0]!.route({ destination: line[5]!.publicKey, amountMsat: 9_000_000_000, maxFeeMsat: FEES_MSAT }), {
      instanceOf: NoRouteError,
    });
    await t.throwsAsync(line[0]!.route({ destination: line[5]!.publicKey, amountMsat: 1000, maxFeeMsat: 3_999 }), {
      instanceOf: FeeLimitError,
    });
    t.is((await line[0]!.route({ destination: line[5]!.publicKey, amountMsat: 1000, maxFeeMsat: 4_000 })).feeMsat, 4_000);
  },
};
