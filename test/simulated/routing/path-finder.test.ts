import test from 'ava';
import fc from 'fast-check';
import { type ChannelGraph, emptyGraph, linked } from '../../../nodes/simulated/channel-graph.ts';
import { SeededRandom } from '../../../nodes/simulated/random.ts';
import { MissionControl } from '../../../nodes/simulated/routing/mission-control.ts';
import { CLTV_LIMIT, PathFinder, type Search } from '../../../nodes/simulated/routing/path-finder.ts';
import { plainSearch } from './plain-search.ts';

interface Edge {
  readonly from: number;
  readonly to: number;
  readonly capacityMsat?: number;
  readonly base?: number;
  readonly ppm?: number;
  readonly delta?: number;
  readonly disabled?: boolean;
}

/** Both directions alike. */
function graphOf(nodes: number, edges: readonly Edge[]): ChannelGraph {
  const graph = emptyGraph(nodes, edges.length);
  edges.forEach(({ from, to, capacityMsat = 10_000_000_000, base = 1_000, ppm = 1, delta = 80, disabled = false }, index) => {
    graph.capacityMsat[index] = capacityMsat;
    [from, to].forEach((node, side) => {
      const end = 2 * index + side;
      graph.endNode[end] = node;
      graph.feeBaseMsat[end] = base;
      graph.feePpm[end] = ppm;
      graph.cltvDelta[end] = delta;
      graph.htlcMinMsat[end] = 1;
      graph.htlcMaxMsat[end] = capacityMsat * 0.99;
      graph.disabled[end] = disabled ? 1 : 0;
    });
  });
  return linked(graph);
}

const search = (source: number, destination: number, amountMsat: number, more: Partial<Search> = {}): Search => ({
  source,
  destination,
  amountMsat,
  maxFeeMsat: 1e12,
  finalExpiry: 263,
  cltvLimit: CLTV_LIMIT,
  finalPayloadBytes: 90,
  nowUs: 0,
  ...more,
});
const rich = () => Number.MAX_SAFE_INTEGER;

test('amounts, fees and time-locks add up backwards from the destination', (t) => {
  // By hand: 1,000,000 msat arrive; n2 asks 1000 + 100 ppm of that, n1 1000 + 100 ppm of what n2 gets.
  const finder = new PathFinder(
    graphOf(4, [
      { from: 0, to: 1, ppm: 100 },
      { from: 1, to: 2, ppm: 100 },
      { from: 2, to: 3, ppm: 100 },
    ]),
  );
  t.is(finder.find(search(0, 3, 1_000_000), null, rich), 3);
  const { route } = finder;
  t.deepEqual([...route.end.slice(0, 3)], [0, 2, 4]);
  t.deepEqual([...route.forwardMsat.slice(0, 3)], [1_001_100, 1_000_000, 1_000_000]);
  t.is(route.firstMsat, 1_001_100 + 1_000 + 100);
  t.deepEqual([...route.expiry.slice(0, 3)], [343, 263, 263]);
  t.is(route.firstExpiry, 423);
});

test('a dearer way is taken where the cheap one has a hop more: what an attempt costs, over how likely it is', (t) => {
  // n0 to n3 by n1 (fee 60,000) or by n2 and n4 (free). Attempt: 100,000 + 0.1 % of 1,000,000 = 101,000 msat; own hop 0.95, others 0.6.
  const edges = [
    { from: 0, to: 1 },
    { from: 1, to: 3, base: 60_000, ppm: 0, delta: 0 },
    { from: 0, to: 2 },
    { from: 2, to: 4, base: 0, ppm: 0, delta: 0 },
    { from: 4, to: 3, base: 0, ppm: 0, delta: 0 },
  ];
  const near = Math.floor(60_000 + 101_000 / (0.95 * 0.6));
  const far = Math.floor(101_000 / (0.95 * 0.6 * 0.6));
  t.true(near < far);
  const finder = new PathFinder(graphOf(5, edges));
  t.is(finder.find(search(0, 3, 1_000_000), new MissionControl(5), rich), 2);
  t.is(finder.probability, 0.6 * 0.95);
  // Without probabilities the free one wins.
  t.is(finder.find(search(0, 3, 1_000_000), null, rich), 3);
});

test('a long time-lock has its price: 15 msat a million and block', (t) => {
  // 1,000,000,000 msat for 144 more blocks: 2160 msat.
  const way = (fee: number) => {
    const finder = new PathFinder(
      graphOf(4, [
        { from: 0, to: 1 },
        { from: 1, to: 3, base: 0, ppm: 0, delta: 144 },
        { from: 0, to: 2 },
        { from: 2, to: 3, base: fee, ppm: 0, delta: 0 },
      ]),
    );
    finder.find(search(0, 3, 1_000_000_000), null, rich);
    return finder.route.end[0];
  };
  t.is(way(2_159), 4);
  t.is(way(2_161), 0);
});

test('of parallel channels the highest fee and the longest time-lock are reckoned with, since the node may use any', (t) => {
  const finder = new PathFinder(
    graphOf(3, [
      { from: 0, to: 1 },
      { from: 1, to: 2, base: 5_000, ppm: 0, delta: 40 },
      { from: 1, to: 2, base: 1_000, ppm: 0, delta: 144 },
    ]),
  );
  t.is(finder.find(search(0, 2, 1_000), null, rich), 2);
  t.is(finder.route.firstMsat, 6_000);
  t.is(finder.route.firstExpiry, 263 + 144);
});

test('disabled directions, too small ones and what the payer cannot send are left out; a payer may use its own disabled one', (t) => {
  const line = (more: Partial<Edge>) =>
    new PathFinder(
      graphOf(3, [
        { from: 0, to: 1 },
        { from: 1, to: 2, ...more },
      ]),
    );
  t.is(line({}).find(search(0, 2, 1_000), null, rich), 2);
  t.is(line({ disabled: true }).find(search(0, 2, 1_000), null, rich), 0);
  t.is(line({ disabled: true }).find(search(1, 2, 1_000), null, rich), 1);
  t.is(line({ capacityMsat: 20_000 }).find(search(0, 2, 19_801), null, rich), 0);
  t.is(
    line({}).find(search(0, 2, 1_000), null, () => 999),
    0,
  );
});

test('no route is longer than the fee limit, the time-lock limit and the onion allow', (t) => {
  const line = (nodes: number) =>
    new PathFinder(
      graphOf(
        nodes,
        Array.from({ length: nodes - 1 }, (_, index) => ({ from: index, to: index + 1, delta: 10 })),
      ),
    );
  t.is(line(4).find(search(0, 3, 1_000, { maxFeeMsat: 2_000 }), null, rich), 3);
  t.is(line(4).find(search(0, 3, 1_000, { maxFeeMsat: 1_999 }), null, rich), 0);
  t.is(line(4).find(search(0, 3, 1_000, { cltvLimit: 20 }), null, rich), 3);
  t.is(line(4).find(search(0, 3, 1_000, { cltvLimit: 19 }), null, rich), 0);
  // 1300 B: 90 for the destination, 51 for each before it (47, two for the amount, two for the height) makes 24 hops.
  t.is(line(25).find(search(0, 24, 1_000), null, rich), 24);
  t.is(line(26).find(search(0, 25, 1_000), null, rich), 0);
});

test('the columns find what the plain search finds, with parallel channels, memories and limits', (t) => {
  let routes = 0;
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (seed) => {
      const random = new SeededRandom(seed);
      const below = (limit: number) => Math.floor(random.float() * limit);
      const nodes = 4 + below(30);
      const edges = Array.from({ length: nodes + below(3 * nodes) }, (): Edge => {
        const from = below(nodes);
        return {
          from,
          to: (from + 1 + below(nodes - 1)) % nodes,
          capacityMsat: 1_000_000 * (1 + below(2_000)),
          base: below(3) * 1_000 + below(2),
          ppm: below(3_000),
          delta: below(145),
          disabled: below(10) === 0,
        };
      });
      const graph = graphOf(nodes, edges);
      for (let end = 0; end < graph.endNode.length; end++) graph.feePpm[end]! += below(500);
      const finder = new PathFinder(graph);
      const memory = new MissionControl(nodes);
      const spendable = (end: number) => graph.capacityMsat[end >> 1]! * ((end * 7) % 10) * 0.1;
      for (let round = 0; round < 12; round++) {
        const nowUs = round * 600_000_000;
        const [source, destination] = [below(nodes), below(nodes)];
        if (source === destination) continue;
        const wanted = search(source, destination, 1_000 + below(300_000_000), { nowUs, maxFeeMsat: below(4) === 0 ? 200_000 : 1e12 });
        const used = below(3) === 0 ? null : memory;
        const expected = plainSearch(graph, wanted, used, spendable);
        const hops = finder.find(wanted, used, spendable);
        if (expected === null) t.is(hops, 0);
        else {
          routes += 1;
          t.deepEqual([...finder.route.end.slice(0, hops)], expected.ends, `seed ${seed}`);
          t.is(finder.probability, expected.probability);
          t.is(finder.route.firstMsat - wanted.amountMsat, expected.feeMsat);
        }
        // Something is learnt, also of others' channels, so that the next search weighs it.
        for (let pairs = below(4); pairs > 0; pairs--) {
          const end = below(graph.endNode.length);
          const [from, to] = [graph.endNode[end]!, graph.endNode[end ^ 1]!];
          if (below(2) === 0) memory.succeeded(below(nodes), from, to, below(500_000_000));
          else memory.failed(below(nodes), from, to, below(3) * 50_000_000, nowUs);
        }
      }
    }),
    { numRuns: 150, seed: 5 },
  );
  t.true(routes > 500);
});
