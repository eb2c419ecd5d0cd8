import test from 'ava';
import { announcementsKnown } from '../../nodes/docker/announced.ts';
import { DeadlineError } from '../../nodes/errors.ts';
import type { Graph } from '../../nodes/node.ts';

const RELAY = 1337;
/** LND's own: nobody can take it back. */
const KEYSEND = 55;

/** Two nodes that know of each other what was announced since the channel between them was. */
const network = ({ deaf = false } = {}) => {
  const keys = { n0: `02${'0'.repeat(64)}`, n1: `02${'1'.repeat(64)}` };
  const asked: string[] = [];
  const announced = { n0: new Set([KEYSEND]), n1: new Set([KEYSEND, RELAY]) };
  const heard = { n0: new Set([KEYSEND]), n1: new Set([KEYSEND]) };
  const graphAt = (at: string): Graph => ({
    nodes: (['n0', 'n1'] as const).map((name) => ({
      publicKey: keys[name],
      alias: name,
      features: [...(at === name ? announced : heard)[name]],
    })),
    edges: [],
  });
  const nodes = (['n0', 'n1'] as const).map((name) => ({
    name,
    publicKey: keys[name],
    graph: async () => graphAt(name),
    announceFeature: async (bit: number, on: boolean) => {
      asked.push(`${name} ${bit} ${on}`);
      if (on) announced[name].add(bit);
      else announced[name].delete(bit);
      if (!deaf) heard[name] = new Set(announced[name]);
    },
  }));
  return { nodes, asked, heard };
};

test('an announcement that was dropped is made anew, by taking the bit back and setting it again', async (t) => {
  const { nodes, asked, heard } = network();
  await announcementsKnown(nodes);
  t.deepEqual(asked, [`n1 ${RELAY} false`, `n1 ${RELAY} true`]);
  t.true(heard.n1.has(RELAY));
});

test('what everybody knows is announced by nobody again', async (t) => {
  const { nodes, asked, heard } = network();
  heard.n1.add(RELAY);
  await announcementsKnown(nodes);
  t.deepEqual(asked, []);
});

test('who stops waiting is told so', async (t) => {
  const { nodes } = network({ deaf: true });
  const stop = new AbortController();
  const waiting = announcementsKnown(nodes, { signal: stop.signal });
  stop.abort(new DeadlineError('enough'));
  await t.throwsAsync(waiting, { message: 'enough' });
});
