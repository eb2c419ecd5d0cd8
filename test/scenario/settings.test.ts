import test from 'ava';
import fc from 'fast-check';
import { ScenarioError } from '../../nodes/errors.ts';
import { scenarioOf } from '../../sim/scenario/read.ts';
import { formatPath, type Path, readSetting } from '../../sim/scenario/setting.ts';

const TEXT = `name: good
question: Is it?
topology: { line: { nodes: 3 } }
workloads:
  - { kind: payment, hops: [1, 2], count: 20 }
thresholds:
  payment_latency_ms{hops=2}: p50 < 2 s
`;

const planWith = (...settings: string[]) =>
  scenarioOf(
    'f.yaml',
    TEXT,
    settings.map((setting) => ({ setting, label: `--set ${setting}` })),
  ).plan;
const problemOf = (t: { throws: (f: () => void, e: object) => Error | undefined }, setting: string) =>
  t.throws(() => void planWith(setting), { instanceOf: ScenarioError })?.message;

test('--set changes a value, deep or new, and reads it as YAML', (t) => {
  t.is(planWith('seed=7').seed, 7);
  t.is(planWith('topology.line.nodes=5').network.nodes.length, 5);
  t.is(planWith('policy={ fee_base_msat: 5 }').network.channels[0]!.policies[0].feeBaseMsat, 5);
  t.like(planWith('workloads[0].count=50').workloads[0], { count: 50 });
  t.like(planWith('workloads[0].hops=[2]').workloads[0], { targets: [{ hops: 2, to: 'n2' }] });
  t.is(planWith('thresholds.payment_latency_ms{hops=2}=p50 < 3 s').thresholds[0]!.bound, 3_000);
  t.is(planWith('thresholds."payment_latency_ms{hops=2}"=p50 < 4 s').thresholds[0]!.bound, 4_000);
  t.is(planWith('timeLimit=2 min', 'timeLimit=3 min').timeLimitMs, 180_000);
});

test('a mistake in --set is told at the argument, as one in the file is at its line', (t) => {
  t.is(problemOf(t, 'seed=x'), "--set seed=x: seed: expected a whole number, found 'x'");
  t.is(problemOf(t, 'workloads[0].cuont=3'), '--set workloads[0].cuont=3: workloads[0].cuont: unknown key; did you mean count?');
  t.is(problemOf(t, 'workloads[3].count=3'), '--set workloads[3].count=3: workloads is a list of 1: expected an index below that');
  t.is(problemOf(t, 'topolgy.line.nodes=3'), '--set topolgy.line.nodes=3: the scenario has no topolgy; did you mean topology?');
  t.is(problemOf(t, 'name.first=3'), "--set name.first=3: name is 'good', not a map or list to set something in");
  t.regex(problemOf(t, 'seed')!, /expected path=value/);
  t.regex(problemOf(t, '=3')!, /expected path=value/);
  t.regex(problemOf(t, 'seed=[1')!, /--set seed=\[1: the value cannot be read/);
  t.regex(problemOf(t, 'seed=')!, /--set seed=: seed: expected a whole number, found no value/);
});

test('any path survives being written and read again', (t) => {
  const word = fc.stringMatching(/^[^".[\]={}]{1,8}$/u);
  const odd = fc.stringMatching(/^[^"]{0,8}$/u);
  const step = fc.oneof(word, odd, fc.nat(999));
  fc.assert(
    fc.property(word, fc.array(step, { maxLength: 5 }), fc.string(), (first, rest, value) => {
      const path: Path = [first, ...rest];
      t.deepEqual(readSetting(`${formatPath(path)}=${value}`), { path, value });
    }),
  );
});
