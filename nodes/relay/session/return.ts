/**
 * How answers find a client: what its hello says of it, and how it knows that a unit came that way. An exit that guesses who calls
 * could aim a packet straight at that node and see whether it answers, so nothing that came by another way is taken.
 */

import { BLINDED_HOP_SEALED_BYTES, blindedPath } from '../../blinded-path.ts';
import { AnonymityError, NoRouteError, PayloadTooLargeError } from '../../errors.ts';
import type { Identity, Node, Random, SessionRequest } from '../../node.ts';
import type { CarrierKind } from '../../plan.ts';
import { type Arrival, type Carrier, type Circuit, type CircuitAccount, paysPerUnit } from '../carrier/carrier.ts';
import type { Round } from '../relay-path.ts';
import type { Seeker } from '../rendezvous/seek.ts';
import { blindedHopsWithin, encodedWayBack, type WayBack } from '../wire/way-back.ts';
import { HELLO_OVERHEAD_BYTES } from './handshake.ts';

const NAMED = "ask for identity 'named', or open a channel to another node that reaches the exit";

export interface Return {
  readonly wayBack: WayBack;
  came(arrival: Arrival): boolean;
}

/** A client's way back that may be chosen anew: units under way may still come by the one before. */
export class Returning implements Return {
  #newest: Return;
  #before: Return | undefined;
  #told = true;

  constructor(first: Return) {
    this.#newest = first;
  }

  get wayBack(): WayBack {
    return this.#newest.wayBack;
  }

  /** No verdict of the carrier tells whether it still is there: silence alone does. */
  get alone(): boolean {
    return this.wayBack.kind === 'rendezvous';
  }

  came(arrival: Arrival): boolean {
    return this.#newest.came(arrival) || this.#before?.came(arrival) === true;
  }

  renew(back: Return): void {
    this.#before = this.#newest;
    this.#newest = back;
    this.#told = false;
  }

  /** What the exit must hear of it, once; undefined: nothing, or it sees for itself. */
  news(): Buffer | undefined {
    if (this.#told || this.wayBack.kind === 'along') return undefined;
    this.#told = true;
    return encodedWayBack(this.wayBack);
  }
}

export interface Outset {
  readonly circuit: Circuit;
  readonly back: Return;
}

export interface Setting extends Omit<SessionRequest, 'carrier'> {
  readonly carrier: CarrierKind;
  readonly identity: Identity;
  readonly account: CircuitAccount;
  readonly round?: Round;
}

export interface Means {
  readonly carriers: ReadonlyMap<CarrierKind, Carrier>;
  readonly seeker: Seeker;
  readonly node: Node;
  readonly random: Random;
}

/** A circuit to the exit and the way back from it. @throws AnonymityError, and what the carrier throws. */
export const setOut = async (
  { exit, carrier: kind, identity, account, onionBytesMax, round, signal }: Setting,
  { carriers, seeker, node, random }: Means,
): Promise<Outset> => {
  const carrier = carriers.get(kind) as Carrier;
  const options = { onionBytesMax, account, signal, ...(round && { round }) };
  if (kind === 'peer-message') {
    const circuit = await carrier.open(exit, options);
    return { circuit, back: { wayBack: { kind: 'along' }, came: ({ back }) => back === circuit } };
  }
  if (identity === 'named') {
    const circuit = await carrier.open(exit, options);
    return { circuit, back: { wayBack: { kind: 'name' }, came: (arrival) => arrival.carrier === kind } };
  }
  if (paysPerUnit(kind)) {
    const circuit = await carrier.open(exit, options);
    const { wayBack, id } = await seeker.seek(exit, carrier, account, { signal });
    return { circuit, back: { wayBack, came: ({ rendezvous }) => rendezvous === id } };
  }
  const circuit = await carrier.open(exit, { ...options, indirect: true }).catch((error: unknown) => refused(error, kind));
  return { circuit, back: throughPath(circuit, node, random) };
};

/**
 * The introduction node is the exit's own peer on the way, which the exit's LND names with every message in any case: a node nearer to
 * the client would tell more, and on a way as short as ours it would all but name the client. Only where the hello has no room for so
 * many hops is it a nearer one. How far the client is, the number of blinded hops tells: LND has no dummy hops.
 */
const throughPath = ({ path = [], mtu }: Circuit, node: Node, random: Random): Return => {
  const nodes = [...path.slice(0, -1).toReversed(), node.publicKey];
  const fitting = Math.min(nodes.length, blindedHopsWithin(mtu - HELLO_OVERHEAD_BYTES, BLINDED_HOP_SEALED_BYTES));
  if (fitting < 2) throw new PayloadTooLargeError('onion-message', HELLO_OVERHEAD_BYTES, mtu);
  const blinded = blindedPath(nodes.slice(-fitting), random);
  const own = blinded.hops.at(-1)?.encrypted as Uint8Array;
  return {
    wayBack: { kind: 'blinded', path: blinded },
    came: ({ encrypted }) => encrypted !== undefined && Buffer.from(encrypted).equals(own),
  };
};

const refused = (error: unknown, kind: CarrierKind): never => {
  if (!(error instanceof NoRouteError)) throw error;
  throw new AnonymityError(`no way to this exit over ${kind} leads through a third node: whoever calls over one channel is known by it`, {
    cause: error,
    hint: NAMED,
  });
};
