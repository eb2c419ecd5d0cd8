import test from 'ava';
import { assertMemory, memoryNeeded } from '../../nodes/docker/memory-budget.ts';
import { InfrastructureError } from '../../nodes/errors.ts';
import { linePlan } from '../simulated/line.ts';

const MIB = 2 ** 20;

test('a network that does not fit into memory is refused before anything starts, with both figures', (t) => {
  const plan = linePlan(50);
  t.is(memoryNeeded(plan), (50 * 150 + 400) * MIB);
  t.notThrows(() => assertMemory(plan, 8_000 * MIB));
  const error = t.throws(() => assertMemory(plan, 4_000 * MIB), { instanceOf: InfrastructureError });
  t.is(error.message, '50 nodes need some 7,900 MiB of memory, and 4,000 MiB are free');
});

test('a node with a limit of its own needs no more than that, and a relay needs some beside it', (t) => {
  const relay = { budgetMsat: 1, feeLimitMsat: 1, allow: [] };
  t.is(memoryNeeded(linePlan(2, { node: { memoryBytes: 100 * MIB, relay } })), (2 * (100 + 120) + 400) * MIB);
});

test('relays and bitcoind with limits of their own need no more than those, and a limit of CPU alone changes nothing', (t) => {
  const relay = { budgetMsat: 1, feeLimitMsat: 1, allow: [] };
  const line = (own: object) => linePlan(2, { node: { relay: { ...relay, ...own } } });
  t.is(memoryNeeded({ ...line({ memoryBytes: 300 * MIB }), bitcoind: { memoryBytes: 700 * MIB } }), (2 * (150 + 300) + 700) * MIB);
  t.is(memoryNeeded({ ...line({ cpus: 0.5 }), bitcoind: { cpus: 0.5 } }), (2 * (150 + 120) + 400) * MIB);
});
