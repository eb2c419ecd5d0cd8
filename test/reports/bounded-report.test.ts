import test from 'ava';
import { networkSentence } from '../../reports/answer.ts';
import { boundedPlan, boundedReport } from '../../reports/bounded-report.ts';
import type { Report } from '../../sim/measure/report.ts';
import { scenarioOf } from '../../sim/scenario/read.ts';

function reportOf(nodes: number): Report {
  const text = `name: b\nquestion: b?\ntopology: { random: { nodes: ${nodes}, channels: ${2 * nodes} } }\nworkloads: [{ kind: traffic, duration: 1 s }]\n`;
  const { plan } = scenarioOf('b.yaml', text);
  const channels = plan.network.channels.map(({ name, from, to, capacitySat }, index) => ({
    name,
    from,
    to,
    capacitySat,
    htlcs: index,
    forwardedMsat: index,
  }));
  const accounting = plan.network.nodes.map(({ name }, index) => ({
    node: name,
    lndDeltaMsat: index === 7 ? 1 : 0,
    ledgerDeltaMsat: 0,
    earnedMsat: 0,
    paidMsat: index,
    errorMsat: index === 7 ? 1 : 0,
  }));
  return { plan, channels, accounting, network: { kind: 'simulated', versions: {} } } as unknown as Report;
}

test('a small report stays as it is', (t) => {
  const report = reportOf(400);
  t.is(boundedReport(report), report);
});

test('of a large network the report keeps its size, the busiest channels and, first of all, the accounts that do not add up', (t) => {
  const report = reportOf(3_000);
  const bounded = boundedReport(report);
  t.true(JSON.stringify(bounded).length < JSON.stringify(report).length / 4);
  const { sha256, ...size } = bounded.plan.network.size!;
  t.deepEqual(size, { nodes: 3_000, channels: 6_000 });
  t.regex(sha256!, /^[0-9a-f]{16}$/);
  t.is(networkSentence(bounded), networkSentence(report));
  t.is(bounded.channels.length, 1_000);
  t.is(bounded.channels[0]!.forwardedMsat, 5_999);
  t.deepEqual(
    bounded.accounting.slice(0, 2).map(({ node }) => node),
    ['n7', 'n2999'],
  );
});

test('of two large networks of one size each keeps its own hash, whatever images they run; a plan that is bounded already stays', (t) => {
  const { plan } = reportOf(3_000);
  const bounded = boundedPlan(plan);
  t.is(boundedPlan(bounded), bounded);
  t.deepEqual(boundedPlan(reportOf(3_000).plan), bounded);
  const nodes = plan.network.nodes.map((node) => ({ ...node, image: 'me/lnd:pr' }));
  t.is(boundedPlan({ ...plan, network: { ...plan.network, nodes } }).network.size!.sha256, bounded.network.size!.sha256);
  const [first, ...others] = plan.network.channels;
  const channels = [{ ...first!, capacitySat: first!.capacitySat + 1 }, ...others];
  t.not(boundedPlan({ ...plan, network: { ...plan.network, channels } }).network.size!.sha256, bounded.network.size!.sha256);
});

test('where only the channels are too many, all nodes are listed', (t) => {
  const { network } = boundedPlan(reportOf(600).plan);
  t.is(network.nodes.length, 600);
  t.is(network.channels.length, 0);
});
