/**
 * What each node announces of itself is known to all before anybody builds on it. LND drops an announcement of a node that it knows no
 * channel of (BOLT 7), and the one who announced says nothing twice: a relay that stood before its node's first channel was announced
 * would stay unknown. Its node is asked to announce it anew.
 */
import type { LndNode } from '../lnd/index.ts';
import type { Waiting } from '../node.ts';
import { wallClock } from '../wall.ts';
import { type Laggard, until } from './until.ts';

const DEADLINE_MS = 60_000;
/** Gossip of a small network takes a third of that. */
const ANEW_AFTER_MS = 600;

export type Announcing = Pick<LndNode, 'name' | 'publicKey' | 'graph' | 'announceFeature'>;

/** `nodes` have channels, and a way to each other. @throws DeadlineError that names who knows too little */
export const announcementsKnown = async (nodes: readonly Announcing[], { signal }: Waiting = {}): Promise<void> => {
  let askedMs = wallClock.now();
  await until(
    async () => {
      const unknown = await unknownBits(nodes, signal);
      if (unknown.length > 0 && wallClock.now() >= askedMs + ANEW_AFTER_MS) {
        await Promise.all(nodes.map((node) => announceAnew(node, unknown)));
        askedMs = wallClock.now();
      }
      return unknown.map(({ at, of, bits }): Laggard => ({ name: at, state: `knows no feature bit ${[...bits].join(', ')} of ${of}` }));
    },
    { what: 'every node to know what the others announce', deadlineMs: DEADLINE_MS, signal },
  );
};

interface Unknown {
  /** Names of nodes: who does not know what is announced of whom. */
  readonly at: string;
  readonly of: string;
  readonly bits: ReadonlySet<number>;
}

/** LND's own entry in its graph is what it announces; not every feature of its invoices and peers is in it. */
const unknownBits = async (nodes: readonly Announcing[], signal: AbortSignal | undefined): Promise<readonly Unknown[]> => {
  const known = await Promise.all(nodes.map((node) => featuresKnown(node, signal)));
  const bitsOf = (at: number, of: Announcing): ReadonlySet<number> => known[at]?.get(of.publicKey) ?? new Set();
  return nodes
    .flatMap((of, index) => nodes.map(({ name }, at) => ({ at: name, of: of.name, bits: bitsOf(index, of).difference(bitsOf(at, of)) })))
    .filter(({ bits }) => bits.size > 0);
};

const featuresKnown = async (node: Announcing, signal: AbortSignal | undefined): Promise<ReadonlyMap<string, ReadonlySet<number>>> =>
  new Map((await node.graph({ signal })).nodes.map(({ publicKey, features }) => [publicKey, new Set(features)]));

/** Only what changes is announced. A bit of LND's own cannot be taken back, and is in the announcement that another's brings along. */
const announceAnew = async (node: Announcing, unknown: readonly Unknown[]): Promise<void> => {
  const bits = new Set(unknown.filter(({ of }) => of === node.name).flatMap(({ bits }) => [...bits]));
  for (const bit of bits) for (const announced of [false, true]) await node.announceFeature(bit, announced).catch(() => {});
};
