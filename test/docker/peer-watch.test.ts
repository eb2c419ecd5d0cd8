/** What the watch makes of LND's list of peers. LND's answers are made up: no node here ever dials past its link. */
import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { watchPeers } from '../../nodes/docker/peer-watch.ts';
import type { LndNode } from '../../nodes/lnd/index.ts';
import { LINK_CLEAN } from '../../nodes/plan.ts';

const PROXY = '172.20.0.9';
const KEYS = { n0: '02'.repeat(33), n1: '03'.repeat(33) };

const peer = (publicKey: string, address: string, inbound: boolean) => ({
  address,
  bytes_recv: '0',
  bytes_sent: '0',
  features: {},
  flap_count: 0,
  inbound,
  last_flap_ns: '0',
  ping_time: '0',
  pub_key: publicKey,
  sat_recv: '0',
  sat_sent: '0',
  sync_type: 'ACTIVE_SYNC',
});

const fakeNode = (name: keyof typeof KEYS) => {
  const events = Object.assign(new EventEmitter(), { cancel: () => {} });
  let peers: unknown[] = [];
  let fails = 0;
  const listPeers = (_: object, answer: (error: unknown, found?: object) => void) => {
    if (fails > 0) {
      fails -= 1;
      answer({ details: 'the server is still starting' });
    } else answer(null, { peers });
  };
  const node = { name, publicKey: KEYS[name], lnd: { default: { listPeers, subscribePeerEvents: () => events } } } as unknown as LndNode;
  return {
    node,
    has(found: unknown[], failures = 0) {
      peers = found;
      fails = failures;
      events.emit('data', { pub_key: KEYS.n1, type: 'PEER_ONLINE' });
    },
  };
};

const watched = () => {
  const [n0, n1] = [fakeNode('n0'), fakeNode('n1')];
  const nodes = new Map([n0, n1].map(({ node }) => [node.name, node]));
  return { n0, watch: watchPeers(nodes, [{ ends: ['n0', 'n1'], link: LINK_CLEAN }], PROXY) };
};

test('a peer that is reached at the proxy is none past it', async (t) => {
  const { n0, watch } = watched();
  n0.has([peer(KEYS.n1, `${PROXY}:20001`, false)]);
  await delay(100);
  t.deepEqual(watch.past(['n0', 'n1']), []);
  watch.stop();
});

test('a peer that is connected past its proxy is found, whoever dialled', async (t) => {
  const { n0, watch } = watched();
  n0.has([peer(KEYS.n1, '172.20.0.3:9735', false)]);
  await delay(100);
  t.deepEqual(watch.past(['n0', 'n1']), ['n0 dialled n1 at 172.20.0.3']);
  n0.has([peer(KEYS.n1, '172.20.0.3:51234', true)]);
  await delay(100);
  t.deepEqual(watch.past(['n0', 'n1']), ['n0 dialled n1 at 172.20.0.3', 'n0 was dialled by n1 from 172.20.0.3']);
  watch.stop();
});

test('an LND that does not answer at that moment is asked again', async (t) => {
  const { n0, watch } = watched();
  await delay(50);
  n0.has([peer(KEYS.n1, '172.20.0.3:9735', false)], 1);
  for (let looks = 0; looks < 100 && watch.past(['n0', 'n1']).length === 0; looks++) await delay(50);
  t.deepEqual(watch.past(['n0', 'n1']), ['n0 dialled n1 at 172.20.0.3']);
  watch.stop();
});
