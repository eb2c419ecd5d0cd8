/** Memory and CPU that containers may use: of LNDs, relays and bitcoind alike. */
import test from 'ava';
import { ScenarioError } from '../../nodes/errors.ts';
import { refuseWhatIsMissing } from '../../sim/refuse.ts';
import { scenarioOf } from '../../sim/scenario/read.ts';

const MIB = 2 ** 20;
const FILE = `name: limits
question: How little is enough?
topology: { line: { nodes: 3 } }
workloads: [{ kind: payment, hops: [1] }]
`;

const read = (more: string) => scenarioOf('f.yaml', FILE + more);
const networkOf = (more: string) => read(more).plan.network;

test('limits of relays are every relay’s, those of bitcoind stand beside the nodes', (t) => {
  const { nodes, bitcoind } = networkOf('relay: { on: [n0, n2], memory: 256 MiB, cpus: 0.5 }\nbitcoind: { memory: 1 GiB, cpus: 1 }\n');
  t.like(nodes[0]!.relay, { memoryBytes: 256 * MIB, cpus: 0.5 });
  t.like(nodes[2]!.relay, { memoryBytes: 256 * MIB, cpus: 0.5 });
  t.is(nodes[1]!.relay, null);
  for (const { memoryBytes, cpus } of nodes) t.deepEqual([memoryBytes, cpus], [null, null], 'an LND has its own');
  t.deepEqual(bitcoind, { memoryBytes: 1024 * MIB, cpus: 1 });
});

test('what is not written is not in the plan', (t) => {
  const { nodes, ...network } = networkOf('relay: { on: all }\n');
  t.false('bitcoind' in network);
  t.deepEqual(Object.keys(nodes[0]!.relay!), ['budgetMsat', 'feeLimitMsat', 'allow']);
  const one = networkOf('relay: { on: all, cpus: 0.5 }\nbitcoind: { memory: 64 MiB }\n');
  t.false('memoryBytes' in one.nodes[0]!.relay!);
  t.deepEqual(one.bitcoind, { memoryBytes: 64 * MIB });
});

test('relays and bitcoind have the bounds of nodes', (t) => {
  const refused = (written: string) => t.throws(() => read(written), { instanceOf: ScenarioError }).message;
  for (const section of ['nodes', 'relay', 'bitcoind']) {
    t.regex(refused(`${section}: { memory: 63 MiB }`), new RegExp(`${section}\\.memory: expected at least 67108864 B, found 66060288 B`));
    t.regex(refused(`${section}: { memory: 1025 GiB }`), new RegExp(`${section}\\.memory: expected at most 1099511627776 B`));
    t.regex(refused(`${section}: { memory: 512 }`), new RegExp(`${section}\\.memory: expected a size .*without a unit`));
    t.regex(refused(`${section}: { cpus: 0 }`), new RegExp(`${section}\\.cpus: expected at least 0.01, found 0`));
    t.regex(refused(`${section}: { cpus: 1025 }`), new RegExp(`${section}\\.cpus: expected at most 1024, found 1025`));
  }
  t.regex(refused('bitcoind: { memroy: 1 GiB }'), /bitcoind\.memroy: unknown key; did you mean memory\?/);
  t.regex(refused('bitcoind: 1 GiB'), /bitcoind: expected a map, found '1 GiB'/);
});

test('simulated, each is refused by name at its place; on docker none is', (t) => {
  const scenario = read('relay: { on: all, memory: 256 MiB, cpus: 0.5 }\nbitcoind: { memory: 1 GiB, cpus: 1 }\n');
  const told = t.throws(() => refuseWhatIsMissing(scenario, 'simulated', { keep: false }), { instanceOf: ScenarioError }).message;
  const places = { 'relay.memory': '5:27', 'relay.cpus': '5:42', 'bitcoind.memory': '6:21', 'bitcoind.cpus': '6:34' };
  t.deepEqual(
    told.split('\n'),
    Object.entries(places).map(
      ([name, place]) => `f.yaml:${place}: ${name}: the simulated network has no machinery for it; run with --network docker`,
    ),
  );
  t.notThrows(() => refuseWhatIsMissing(scenario, 'docker', { keep: false }));
  t.deepEqual(read('relay: { on: all }\n').dockerOnly, []);
});
