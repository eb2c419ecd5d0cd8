import test from 'ava';
import { networkSentence } from '../../reports/answer.ts';
import { boundedReport } from '../../reports/bounded-report.ts';
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
  t.deepEqual(bounded.plan.network.size, { nodes: 3_000, channels: 6_000 });
  t.is(networkSentence(bounded), networkSentence(report));
  t.is(bounded.channels.length, 1_000);
  t.is(bounded.channels[0]!.forwardedMsat, 5_999);
  t.deepEqual(
    bounded.accounting.slice(0, 2).map(({ node }) => node),
    ['n7', 'n2999'],
  );
});
