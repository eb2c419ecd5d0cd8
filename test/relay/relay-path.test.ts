import test from 'ava';
import { NoRouteError } from '../../nodes/errors.ts';
import type { Graph, Node } from '../../nodes/node.ts';
import { RELAY_FEATURE, type RelayPathOptions, relayPath } from '../../nodes/relay/relay-path.ts';
import { VirtualClock } from './virtual-clock.ts';

const key = (name: string) => `02${Buffer.from(name).toString('hex').padStart(64, '0')}`;

/** a–b–c, and the longer a–d–e–c; relays where the test says, after so many looks at the graph. */
const beside = (relays: () => string) => {
  const pairs = ['ab', 'bc', 'ad', 'de', 'ec'];
  const graph = (): Graph => ({
    nodes: [...'abcde'].map((name) => ({ publicKey: key(name), alias: name, features: relays().includes(name) ? [RELAY_FEATURE] : [9] })),
    edges: pairs.map((pair) => {
      const [one, other] = [...pair].map((name) => ({ publicKey: key(name), policy: null, disabled: false }));
      return { id: pair, capacitySat: 1, ends: [one!, other!] as const };
    }),
  });
  const clock = new VirtualClock();
  const node = { publicKey: key('a'), graph: async () => graph() } as unknown as Node;
  return { clock, path: (options?: RelayPathOptions) => clock.run(relayPath(node, clock, key('c'), options)) };
};

test('a circuit leads through nodes that announce a relay, though another way is shorter', async (t) => {
  t.deepEqual(await beside(() => 'abcde').path(), [key('b'), key('c')]);
  t.deepEqual(await beside(() => 'acde').path(), [key('d'), key('e'), key('c')]);
});

test('where no such way is, it is said who announces none, once gossip has had its time', async (t) => {
  const { clock, path } = beside(() => 'ac');
  const error = await t.throwsAsync(path(), { instanceOf: NoRouteError });
  t.regex(error.message, /announced at b$/);
  t.true(clock.now() >= 10_000);
});

test('an announcement that arrives a little later is waited for', async (t) => {
  const { clock, path } = beside(() => (clock.now() < 2_000 ? 'ac' : 'abc'));
  t.deepEqual(await path(), [key('b'), key('c')]);
});

test('what failed is gone round, and so is a neighbour who cannot be paid, as long as there is another way', async (t) => {
  const [short, long] = [
    [key('b'), key('c')],
    [key('d'), key('e'), key('c')],
  ];
  const { path } = beside(() => 'abcde');
  t.deepEqual(await path({ avoid: new Set([key('b')]) }), long);
  t.deepEqual(await path({ unpayable: new Set([key('b')]) }), long);
  t.deepEqual(await path({ avoid: new Set([key('e')]) }), short);
  t.deepEqual(await path({ avoid: new Set([key('b'), key('e')]), unpayable: new Set([key('d')]) }), short);
  t.deepEqual(await beside(() => 'abc').path({ avoid: new Set([key('b')]), unpayable: new Set([key('b')]) }), short);
});
