import test from 'ava';
import type { TrafficEnded, TrafficPayment, TrafficRequest } from '../../nodes/node.ts';
import type { NetworkPlan } from '../../nodes/plan.ts';
import { balancesOf } from '../../nodes/simulated/balances.ts';
import { channelGraphOf } from '../../nodes/simulated/channel-graph.ts';
import type { SimulatedNetwork } from '../../nodes/simulated/index.ts';
import { RandomColumns } from '../../nodes/simulated/random-columns.ts';
import { Demand } from '../../nodes/simulated/traffic/demand.ts';
import { scenarioOf } from '../../sim/scenario/read.ts';
import { linePlan } from './line.ts';
import { open } from './open.ts';

function planOf(topology: string, seed = 1): NetworkPlan {
  const text = `name: t\nquestion: t?\nseed: ${seed}\ntopology: { ${topology} }\nworkloads: [{ kind: traffic, duration: 1 s }]\n`;
  return scenarioOf('t.yaml', text).plan.network;
}

const MESHED =
  'random: { nodes: 40, channels: 120, capacity: { median: 500k sat, mean: 2M sat }, balance: uniform, rates: { median: 100, mean: 500 } }';

interface Ran {
  readonly ended: TrafficEnded;
  readonly payments: readonly TrafficPayment[];
  readonly trace: string;
  readonly network: SimulatedNetwork;
}

async function ran(plan: NetworkPlan, changes: Partial<TrafficRequest> = {}): Promise<Ran> {
  await using network = await open(plan);
  const payments: TrafficPayment[] = [];
  const ended = await network.traffic!({
    durationMs: 20_000,
    multiplier: 2,
    ratePerS: 20,
    meanAmountMsat: 20_000_000,
    feeLimitShare: 0.05,
    feeLimitMsat: 10_000,
    timeoutMs: 60_000,
    paymentsMax: 10_000,
    ended: (payment) => void payments.push(payment),
    ...changes,
  });
  await network.quiet();
  return { ended, payments, trace: network.trace, network };
}

test('traffic comes and goes between all nodes, most of it settles, and every millisatoshi is accounted for', async (t) => {
  await using network = await open(planOf(MESHED));
  const before = balancesOf(network.model);
  const payments: TrafficPayment[] = [];
  const request = { multiplier: 2, ratePerS: 20, meanAmountMsat: 20_000_000, feeLimitShare: 0.05, feeLimitMsat: 10_000, timeoutMs: 60_000 };
  const ended = await network.traffic!({
    ...request,
    durationMs: 20_000,
    paymentsMax: 10_000,
    ended: (payment) => void payments.push(payment),
  });
  await network.quiet();
  const after = balancesOf(network.model);
  t.is(payments.length, ended.payments);
  // 400 are expected: four deviations.
  t.true(Math.abs(ended.payments - 400) < 80, `${ended.payments}`);
  const settled = payments.filter(({ failure }) => failure === null);
  t.true(settled.length > 0.7 * payments.length, `${settled.length} of ${payments.length}`);
  t.true(payments.some(({ attempts }) => attempts > 1));
  t.is(settled.length, ended.htlcsSettled);
  t.is(
    payments.reduce((sum, { attempts }) => sum + attempts, 0),
    ended.htlcsSettled + ended.htlcsFailed,
  );
  t.is(
    settled.reduce((sum, { feeMsat }) => sum + feeMsat, 0),
    ended.feesMsat,
  );
  t.true(settled.every(({ feeMsat, amountMsat, latencyMs }) => feeMsat <= Math.max(10_000, amountMsat * 0.05) && latencyMs > 0));
  for (const [name, { localMsat, unsettledMsat }] of after) {
    const { paidMsat, earnedMsat, receivedMsat } = ended.changes.get(name) ?? { paidMsat: 0, earnedMsat: 0, receivedMsat: 0 };
    t.is(localMsat - before.get(name)!.localMsat, receivedMsat + earnedMsat - paidMsat, name);
    t.is(unsettledMsat, 0);
  }
  t.is(network.model.core.htlcs.size, 0);
});

test('the same seed makes the same payments and the same trace; another seed others', async (t) => {
  const [one, again, other] = [await ran(planOf(MESHED)), await ran(planOf(MESHED)), await ran(planOf(MESHED, 2))];
  t.is(again.trace, one.trace);
  t.deepEqual(again.payments, one.payments);
  t.not(other.trace, one.trace);
});

test('a channel that runs dry is gone round for an hour, then tried again', async (t) => {
  // Two ways from n0 to n3; the cheap one holds nothing towards n3.
  const line = linePlan(4);
  const channel = (from: number, to: number, feeBaseMsat: number, balance: number) => ({
    ...line.channels[0]!,
    name: `n${from}-n${to}`,
    from: `n${from}`,
    to: `n${to}`,
    balance,
    policies: line.channels[0]!.policies.map((policy) => ({ ...policy, feeBaseMsat })) as never,
  });
  const plan = { ...line, channels: [channel(0, 1, 1, 0.9), channel(1, 3, 1_000, 0.02), channel(0, 2, 1, 0.9), channel(2, 3, 2_000, 0.5)] };
  await using network = await open(plan);
  const { routing, core } = network.model;
  const find = (nowUs: number) => {
    const search = {
      source: 0,
      destination: 3,
      amountMsat: 1e9,
      maxFeeMsat: 1e9,
      finalExpiry: 263,
      cltvLimit: 2016,
      finalPayloadBytes: 90,
      nowUs,
    };
    routing.finder.find(search, routing.memory, () => 1e12);
    return core.graph.endNode[core.routes.end[1]!];
  };
  t.is(find(0), 1);
  routing.memory.failed(0, 1, 3, 1e9, 0);
  t.is(find(0), 2);
  t.is(find(60_000_000), 2);
  t.is(find(24 * 3_600_000_000), 1);
});

test('demand: nodes send by capacity at exponential intervals, amounts have their mean, and who is too small sends nothing', (t) => {
  const plan = planOf('star: { nodes: 5, capacity: 1M sat }');
  const graph = channelGraphOf({
    ...plan,
    channels: plan.channels.map((channel, index) => ({ ...channel, capacitySat: index === 3 ? 20_000 : 1_000_000 })),
  });
  const random = new RandomColumns(1, 'traffic', 5, (node) => `n${node}`);
  const demand = new Demand(graph, random, { multiplier: 3, ratePerS: null, meanAmountMsat: 50_000_000 });
  // n4 holds half of 20,000 sat.
  t.deepEqual(demand.senders, [0, 1, 2, 3]);
  // 3.02M sat, three times in 30 days, 50k sat at a time: the hub's half of every channel, and half of three.
  t.true(Math.abs(demand.ratePerS - ((1_510_000 + 1_500_000) * 3) / 50_000 / (30 * 86_400)) < 1e-9);
  const draws = 20_000;
  const mean = (draw: () => number) => Array.from({ length: draws }, draw).reduce((sum, value) => sum + value, 0) / draws;
  const expectedUs = 1e6 / ((1_510_000 * 3) / 50_000 / (30 * 86_400));
  t.true(Math.abs(mean(() => demand.waitUs(0)) / expectedUs - 1) < 4 / Math.sqrt(draws));
  const chosen = Array.from({ length: draws }, () => demand.destination(1));
  t.false(chosen.includes(1) || chosen.includes(4));
  const hub = chosen.filter((node) => node === 0).length / draws;
  const share = 1_510_000 / (1_510_000 + 500_000 + 500_000);
  t.true(Math.abs(hub - share) < 4 * Math.sqrt((share * (1 - share)) / draws));
  // Half of 500k sat is the limit; 95 % of amounts lie below it by sim-ln's choice of variance, and the mean is the mean.
  const amounts = Array.from({ length: draws }, () => demand.amountMsat(0, 1));
  const average = amounts.reduce((sum, value) => sum + value, 0) / draws;
  t.true(Math.abs(average / 50_000_000 - 1) < 0.1, `${average}`);
  t.true(amounts.filter((msat) => msat <= 250_000_000).length / draws > 0.93);
});

test('a node more does not change when the others send', (t) => {
  const waits = (nodes: number) => {
    const graph = channelGraphOf(planOf(`line: { nodes: ${nodes}, capacity: 10M sat }`));
    const random = new RandomColumns(1, 'traffic', nodes, (node) => `n${node}`);
    const demand = new Demand(graph, random, { multiplier: 2, ratePerS: null, meanAmountMsat: 3_800_000 });
    return Array.from({ length: 10 }, () => demand.waitUs(1));
  };
  t.deepEqual(waits(5), waits(6));
});

test('nothing is sent where nobody can, and no more than was asked for', async (t) => {
  const { ended } = await ran(planOf('line: { nodes: 3, capacity: 20k sat }'));
  t.is(ended.payments, 0);
  t.is(ended.senders, 0);
  t.is((await ran(planOf(MESHED), { paymentsMax: 7 })).ended.payments, 7);
});
