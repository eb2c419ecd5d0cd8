/** Who brings two LNDs together again after a fault, on LNDs that are made here and a clock that stands still meanwhile. */
import test from 'ava';
import { LOOK_MS, LOOKS_MISSED, type Redialled, redial, WATCH_MS } from '../../nodes/docker/redial.ts';
import { LndError } from '../../nodes/errors.ts';
import type { Channel } from '../../nodes/node.ts';
import { VirtualClock } from '../relay/virtual-clock.ts';

const PATIENCE_MS = LOOK_MS * LOOKS_MISSED;

/** Two LNDs and one channel; each end has its own opinion of both. */
class Pair {
  readonly clock = new VirtualClock();
  readonly asked: string[] = [];
  readonly names = ['n0', 'n1'] as const;
  peers = { n0: true, n1: true };
  active = { n0: true, n1: true };
  down = { n0: false, n1: false };
  /** LND answers a disconnect before it has let go. */
  letsGoAfterMs = 0;
  /** What a dial brings about. */
  dial = (): void => {
    this.peers = { n0: true, n1: true };
    this.active = { n0: true, n1: true };
  };
  planned: readonly { from: string; to: string }[] = [{ from: 'n0', to: 'n1' }];

  watch(signal?: AbortSignal): void {
    const nodes = new Map(this.names.map((name) => [name, this.#node(name)]));
    redial(nodes, () => this.planned, this.clock).watch(signal);
  }

  #node(name: 'n0' | 'n1'): Redialled {
    const other = name === 'n0' ? 'n1' : 'n0';
    const answer = <T>(value: () => T): Promise<T> =>
      this.down[name] ? Promise.reject(new LndError('UNAVAILABLE', 'is down')) : Promise.resolve(value());
    return {
      publicKey: name,
      socket: `${name}:9735`,
      peers: () => answer(() => (this.peers[name] ? [other] : [])),
      channels: () => answer(() => [{ partner: other, active: this.active[name] } as Channel]),
      disconnect: () =>
        answer(() => {
          this.asked.push(`${name} leaves ${other}`);
          void this.clock.sleep(this.letsGoAfterMs).then(() => {
            this.peers = { n0: false, n1: false };
            this.active = { n0: false, n1: false };
          });
        }),
      connect: () =>
        answer(() => {
          this.asked.push(`${name} dials ${other}`);
          // As LND does: who is a peer already is not dialled, and that is no error.
          if (!this.peers[name]) this.dial();
        }),
    };
  }
}

test('peers that are apart longer than LND needs to dial by itself are dialled, and no sooner', async (t) => {
  const pair = new Pair();
  pair.peers = { n0: false, n1: false };
  pair.active = { n0: false, n1: false };
  pair.watch();
  await pair.clock.run(pair.clock.sleep(PATIENCE_MS - 1));
  t.deepEqual(pair.asked, []);
  await pair.clock.run(pair.clock.sleep(2));
  t.deepEqual(pair.asked, ['n0 dials n1']);
  await pair.clock.run(pair.clock.sleep(2 * WATCH_MS));
  t.is(pair.asked.length, 1);
});

test('a channel that stands still between two peers is begun anew: both leave, and one dials once they have left', async (t) => {
  const pair = new Pair();
  pair.active = { n0: false, n1: true };
  pair.letsGoAfterMs = 350;
  pair.watch();
  await pair.clock.run(pair.clock.sleep(PATIENCE_MS + 1_000));
  t.deepEqual(pair.asked, ['n0 leaves n1', 'n1 leaves n0', 'n0 dials n1']);
  t.deepEqual(pair.active, { n0: true, n1: true });
});

test('an end that still holds a connection which the other has lost lets go of it first', async (t) => {
  const pair = new Pair();
  pair.peers = { n0: false, n1: true };
  pair.active = { n0: false, n1: false };
  pair.watch();
  await pair.clock.run(pair.clock.sleep(PATIENCE_MS + 1_000));
  t.deepEqual(pair.asked, ['n1 leaves n0', 'n0 dials n1']);
});

test('a try that brings nothing is made again from the other end, after twice the patience', async (t) => {
  const pair = new Pair();
  pair.peers = { n0: false, n1: false };
  pair.active = { n0: false, n1: false };
  pair.dial = () => {};
  pair.watch();
  await pair.clock.run(pair.clock.sleep(3 * PATIENCE_MS - 1));
  t.deepEqual(pair.asked, ['n0 dials n1']);
  await pair.clock.run(pair.clock.sleep(2));
  t.deepEqual(pair.asked, ['n0 dials n1', 'n1 dials n0']);
});

test('an LND that is down is dialled by nobody; once it answers the patience begins', async (t) => {
  const pair = new Pair();
  pair.peers = { n0: false, n1: false };
  pair.active = { n0: false, n1: false };
  pair.down = { n0: false, n1: true };
  pair.watch();
  await pair.clock.run(pair.clock.sleep(2 * WATCH_MS));
  t.deepEqual(pair.asked, []);
  pair.down = { n0: false, n1: false };
  await pair.clock.run(pair.clock.sleep(PATIENCE_MS - LOOK_MS));
  t.deepEqual(pair.asked, []);
  await pair.clock.run(pair.clock.sleep(2 * LOOK_MS));
  t.deepEqual(pair.asked, ['n0 dials n1']);
});

test('a channel that was closed or cut is nobody’s to bring back', async (t) => {
  const pair = new Pair();
  pair.active = { n0: false, n1: false };
  pair.planned = [];
  pair.watch();
  await pair.clock.run(pair.clock.sleep(2 * WATCH_MS));
  t.deepEqual(pair.asked, []);
});

test('of two channels between the same two the one that stands still is seen', async (t) => {
  const pair = new Pair();
  pair.planned = [...pair.planned, { from: 'n1', to: 'n0' }];
  pair.watch();
  await pair.clock.run(pair.clock.sleep(PATIENCE_MS + 1_000));
  t.deepEqual(pair.asked.at(-1), 'n0 dials n1');
});

test('nothing is looked at any more once the network goes down', async (t) => {
  const pair = new Pair();
  pair.peers = { n0: false, n1: false };
  pair.active = { n0: false, n1: false };
  const over = new AbortController();
  pair.watch(over.signal);
  await pair.clock.run(pair.clock.sleep(LOOK_MS));
  over.abort();
  await pair.clock.run(pair.clock.sleep(2 * WATCH_MS));
  t.deepEqual(pair.asked, []);
});
