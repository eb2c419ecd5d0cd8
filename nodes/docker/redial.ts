/**
 * After a fault, two LNDs that should have a channel at work and do not are brought together again. LND dials by itself within its
 * `maxbackoff`; but where two dials crossed and both were given up neither end dials again, an end that had been dialled knows no address
 * to dial, and a link that failed beneath a connection that stands (a relay killed with its answer to an HTLC owing) is not begun anew
 * before that connection is. What LND has not done within some seconds is asked of it, as whoever runs a node would.
 */
import type { LndNode } from '../lnd/index.ts';
import type { Clock } from '../node.ts';
import type { ChannelPlan } from '../plan.ts';
import { wallClock } from '../wall.ts';

export const LOOK_MS = 2_000;
/** Together longer than LND's own pause before it dials again (lnd-flags.ts, maxbackoff). Twice as many after each try. */
export const LOOKS_MISSED = 4;
const LOOKS_MISSED_MAX = 32;
const APART_LOOK_MS = 100;
const APART_LOOKS_MAX = 50;
/** A link may fail some time after what made it fail. */
export const WATCH_MS = 90_000;
/** Who was not whole by then will not be. */
const WATCH_MS_MAX = 900_000;

export interface Redial {
  /** From now on for WATCH_MS, and on until every channel is active at both ends. */
  watch(signal: AbortSignal | undefined): void;
}

export type Redialled = Pick<LndNode, 'publicKey' | 'socket' | 'peers' | 'channels' | 'connect' | 'disconnect'>;

/** `whole` says which channels should be at work now: neither closed nor cut. */
export const redial = (
  nodes: ReadonlyMap<string, Redialled>,
  whole: () => readonly Pick<ChannelPlan, 'from' | 'to'>[],
  clock: Pick<Clock, 'now' | 'sleep'> = wallClock,
): Redial => {
  let sinceMs = 0;
  let watching = false;
  const watchOn = async (signal: AbortSignal | undefined): Promise<void> => {
    const patience = new Map<string, Patience>();
    let atWork = false;
    const over = () => clock.now() >= sinceMs + (atWork ? WATCH_MS : WATCH_MS_MAX);
    while (!over() && !signal?.aborted) {
      await clock.sleep(LOOK_MS, { signal }).catch(() => {});
      if (!signal?.aborted) atWork = await look(nodes, whole(), patience, clock, signal);
    }
  };
  return {
    watch(signal) {
      sinceMs = clock.now();
      if (watching) return;
      watching = true;
      void watchOn(signal).finally(() => {
        watching = false;
      });
    },
  };
};

/** Of a pair of nodes that is not at work. */
interface Patience {
  /** Looks since the last try, and how many of them are waited for. */
  missed: number;
  allowed: number;
  tries: number;
}

/** Whether every pair has all its channels active at both ends. */
const look = async (
  nodes: ReadonlyMap<string, Redialled>,
  channels: readonly Pick<ChannelPlan, 'from' | 'to'>[],
  patience: Map<string, Patience>,
  clock: Pick<Clock, 'sleep'>,
  signal: AbortSignal | undefined,
): Promise<boolean> => {
  const said = new Map(await Promise.all([...nodes].map(async ([name, node]) => [name, await saidBy(node)] as const)));
  let atWork = true;
  for (const { ends, count } of pairs(channels)) {
    const key = ends.join(' ');
    const [a, b] = ends.map((name) => ({ node: nodes.get(name) as Redialled, said: said.get(name) ?? null })) as [End, End];
    const active = areActive(a, b, count);
    atWork &&= active;
    // Who does not answer is down, and is dialled by nobody.
    if (active || a.said === null || b.said === null) {
      patience.delete(key);
      continue;
    }
    const waited = patience.get(key) ?? { missed: 0, allowed: LOOKS_MISSED, tries: 0 };
    patience.set(key, waited);
    waited.missed += 1;
    if (waited.missed < waited.allowed) continue;
    // Bringing another pair together took its seconds: what was said before may hold no more.
    const [near, far] = (await Promise.all([a, b].map(async ({ node }) => ({ node, said: await saidBy(node) })))) as [End, End];
    if (signal?.aborted) return atWork;
    if (near.said === null || far.said === null || areActive(near, far, count)) continue;
    await (waited.tries % 2 === 0 ? together(near, far, clock, signal) : together(far, near, clock, signal));
    waited.missed = 0;
    waited.tries += 1;
    waited.allowed = Math.min(2 * waited.allowed, LOOKS_MISSED_MAX);
  }
  return atWork;
};

interface Said {
  readonly peers: readonly string[];
  /** Of the partner of each active channel. */
  readonly active: readonly string[];
}

interface End {
  readonly node: Redialled;
  readonly said: Said | null;
}

/** null: it does not answer. */
const saidBy = (node: Redialled): Promise<Said | null> =>
  Promise.all([node.peers(), node.channels()]).then(
    ([peers, channels]) => ({ peers, active: channels.filter(({ active }) => active).map(({ partner }) => partner) }),
    () => null,
  );

const activeTowards = ({ said }: End, { node: { publicKey } }: End): number =>
  said?.active.filter((partner) => partner === publicKey).length ?? 0;

const areActive = (a: End, b: End, count: number): boolean => activeTowards(a, b) >= count && activeTowards(b, a) >= count;

const pairs = (channels: readonly Pick<ChannelPlan, 'from' | 'to'>[]): { ends: readonly [string, string]; count: number }[] => {
  const found = new Map<string, { ends: readonly [string, string]; count: number }>();
  for (const { from, to } of channels) {
    const key = [from, to].toSorted().join(' ');
    const pair = found.get(key);
    if (pair) pair.count += 1;
    else found.set(key, { ends: [from, to], count: 1 });
  }
  return [...found.values()];
};

/** An end that still counts the other among its peers would refuse to dial it, and LND lets go of a peer only after it has answered. */
const together = async (a: End, b: End, clock: Pick<Clock, 'sleep'>, signal: AbortSignal | undefined): Promise<void> => {
  for (const [end, other] of [
    [a, b],
    [b, a],
  ] as const)
    if (end.said?.peers.includes(other.node.publicKey)) await end.node.disconnect(other.node.publicKey).catch(() => {});
  for (let looks = 0; looks < APART_LOOKS_MAX && !signal?.aborted && (await joined(a, b)); looks++) await clock.sleep(APART_LOOK_MS);
  await a.node.connect(b.node.publicKey, b.node.socket, { signal }).catch(() => {});
};

const joined = async (a: End, b: End): Promise<boolean> => {
  const [ofA, ofB] = (await Promise.all([a, b].map(({ node }) => node.peers().catch((): readonly string[] => [])))) as [
    readonly string[],
    readonly string[],
  ];
  return ofA.includes(b.node.publicKey) || ofB.includes(a.node.publicKey);
};
