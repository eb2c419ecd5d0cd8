import test from 'ava';
import { NoRouteError } from '../../nodes/errors.ts';
import type { Graph } from '../../nodes/node.ts';
import { type ChoiceWanted, chooseCarrier } from '../../nodes/relay/choose-carrier.ts';
import { RELAY_FEATURE } from '../../nodes/relay/relay-path.ts';

const key = (name: string) => `02${Buffer.from(name).toString('hex').padStart(64, '0')}`;

/** A line a–b–c; who has a relay, and who forwards onion messages. */
const choose = (relays: string, onions: string, more: Partial<ChoiceWanted> = {}) => {
  const graph: Graph = {
    nodes: [...'abc'].map((name) => ({
      publicKey: key(name),
      alias: name,
      features: [...(relays.includes(name) ? [RELAY_FEATURE] : []), ...(onions.includes(name) ? [39] : [])],
    })),
    edges: ['ab', 'bc'].map((pair) => {
      const [one, other] = [...pair].map((name) => ({ publicKey: key(name), policy: null, disabled: false }));
      return { id: pair, capacitySat: 1, ends: [one!, other!] as const };
    }),
  };
  return chooseCarrier({ graph, from: key('a'), to: key('c'), identity: 'anonymous', budgetMsat: 1_000, ...more });
};

test('where relays stand all the way peer messages are chosen, where LND forwards onion messages those, else what is paid', (t) => {
  t.is(choose('abc', 'abc').carrier, 'peer-message');
  t.is(choose('ac', 'abc').carrier, 'onion-message');
  t.is(choose('ac', 'ac').carrier, 'keysend');
});

test('the reason says what was lacking for a better one, and how long a large transfer takes', (t) => {
  t.regex(choose('abc', '').reason, /each of the 2 nodes/);
  t.regex(choose('ac', 'abc', { bytes: 6_400_000 }).reason, /^peer-message: not every node .* 100 s for 6400000 B$/);
  t.regex(choose('ac', 'ac').reason, /onion-message: no way past a third node/);
});

test('over one channel a client without a name is not sent by onion messages, which would name it', (t) => {
  const neighbour = { to: key('b') };
  t.is(choose('', 'abc', neighbour).carrier, 'keysend');
  t.is(choose('', 'abc', { ...neighbour, identity: 'named' }).carrier, 'onion-message');
});

test('where nothing is left, each carrier is named with what it lacks', (t) => {
  const error = t.throws(() => choose('ac', 'ac', { budgetMsat: 0 }), { instanceOf: NoRouteError });
  t.regex(error.message, /peer-message: .*onion-message: .*keysend: the relay has no budget/);
});
