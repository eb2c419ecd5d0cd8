/**
 * The rendezvous itself. It learns which node has units passed on, their sizes, number and times, a session's random id, and by which
 * channel they reach it; not who sends them, nor what is in them. It asks what forwarding would have earned it, pays at most once for
 * what it received and never more than it received, and keeps what it cannot pass on: nobody gains by making it fail.
 */
import type { Clock, Graph, Node, Random, ReceivedPayment } from '../../node.ts';
import type { CarrierKind } from '../../plan.ts';
import type { Arrival, Carrier, Circuit } from '../carrier/carrier.ts';
import { UNIT, UNIT_HEADER_BYTES, UNIT_ID_BYTES, unitHeader } from '../wire/unit.ts';
import { readAsking } from './enlistment.ts';

/** Clients enlisted at once, in all and of one node. */
export const ENLISTED_MAX = 256;
export const ENLISTED_OF_ONE_MAX = 8;
/** Forgotten when the room is wanted: one whose token was never used, and one that was, but not for so long. */
const UNUSED_MS = 60_000;
const IDLE_MS = 600_000;
/** Each is two ECDH by the node and a route. */
const ASKINGS_MAX = 8;
const ASKING_RATE_PER_S = 2;
const ASKING_BURST = 16;
/** The answer to one asking is sent again when it is asked again, this often. */
const ANSWERS_MAX = 4;
/** Payments under way for one client and for all, of 483 HTLCs that a channel holds; units that wait behind them, and their bytes. */
export const PASSES_OF_ONE_MAX = 100;
const PASSES_MAX = 300;
export const WAITING_OF_ONE_MAX = 200;
export const WAITING_MAX = 2_000;
export const WAITING_BYTES_MAX = 16 * 2 ** 20;

export interface PassingOptions {
  readonly node: Pick<Node, 'publicKey' | 'ecdh' | 'graph'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly carriers: ReadonlyMap<CarrierKind, Carrier>;
  log(line: string): void;
}

interface Enlisted {
  /** By which the client knows that a unit came through here. */
  readonly id: string;
  readonly client: string;
  readonly circuit: Circuit;
  readonly asking: Buffer;
  readonly answer: Buffer;
  readonly amountMsat: number;
  answers: number;
  used: boolean;
  usedMs: number;
  passing: number;
  readonly waiting: Pass[];
}

interface Pass {
  readonly unit: Buffer;
  readonly payment: ReceivedPayment;
}

export class Passing {
  readonly #options: PassingOptions;
  readonly #enlisted = new Map<string, Enlisted>();
  readonly #asking = new Set<string>();
  #tokens = ASKING_BURST;
  #tokensMs: number;
  #passing = 0;
  #waiting = 0;
  #waitingBytes = 0;
  /** Units that were not passed on: unknown token, unpaid, no room, or the payment failed. */
  dropped = 0;

  constructor(options: PassingOptions) {
    this.#options = options;
    this.#tokensMs = options.clock.now();
  }

  get size(): number {
    return this.#enlisted.size;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** A client's asking, with a payment that must cover the answer. */
  asked(id: string, body: Buffer, { carrier, payment }: Arrival): void {
    if (payment === undefined) return;
    for (const known of this.#enlisted.values()) {
      if (known.id !== id) continue;
      if (!known.asking.equals(body) || known.answers >= ANSWERS_MAX) return;
      known.answers += 1;
      known.circuit.send(known.answer, { paid: payment }).catch(() => {});
      return;
    }
    if (this.#asking.has(id) || this.#asking.size >= ASKINGS_MAX || !this.#token()) return;
    this.#asking.add(id);
    this.#enlist(id, Buffer.from(body), carrier, payment)
      .catch((error: unknown) => this.#options.log(`rendezvous: an asking was not answered: ${String(error)}`))
      .finally(() => this.#asking.delete(id));
  }

  /** A unit for whoever has this token, which is passed on for what it paid. */
  pass(token: string, body: Buffer, { payment }: Arrival): void {
    const known = this.#enlisted.get(token);
    const fits = this.#waiting < WAITING_MAX && this.#waitingBytes + body.length <= WAITING_BYTES_MAX;
    const room = known !== undefined && fits && known.waiting.length < WAITING_OF_ONE_MAX;
    if (!room || payment === undefined || payment.amountMsat < known.amountMsat) {
      this.dropped += 1;
      return;
    }
    known.used = true;
    known.usedMs = this.#options.clock.now();
    known.waiting.push({ unit: Buffer.concat([unitHeader(UNIT.passed, known.id), body]), payment });
    this.#waiting += 1;
    this.#waitingBytes += body.length;
    this.#next(known);
  }

  async #enlist(id: string, body: Buffer, kind: CarrierKind, payment: ReceivedPayment): Promise<void> {
    const { node, random, carriers, clock } = this.#options;
    const { client, accept } = await readAsking(id, body, node, random);
    if (client === node.publicKey) return;
    this.#makeRoom();
    const ofOne = [...this.#enlisted.values()].filter((known) => known.client === client).length;
    if (this.#enlisted.size >= ENLISTED_MAX || ofOne >= ENLISTED_OF_ONE_MAX) return;
    const circuit = await (carriers.get(kind) as Carrier).open(client, { account: { purpose: 'rendezvous' } });
    const token = Buffer.from(random.bytes(UNIT_ID_BYTES)).toString('hex');
    const amountMsat = priceMsat(await node.graph(), node.publicKey, circuit);
    const answer = await accept({ token, amountMsat, mtu: circuit.mtu - UNIT_HEADER_BYTES });
    const nowMs = clock.now();
    const entry = {
      id,
      client,
      circuit,
      asking: body,
      answer,
      amountMsat,
      answers: 1,
      used: false,
      usedMs: nowMs,
      passing: 0,
      waiting: [],
    };
    this.#enlisted.set(token, entry);
    await circuit.send(answer, { paid: payment }).catch((error: unknown) => {
      this.#enlisted.delete(token);
      throw error;
    });
  }

  #next(known: Enlisted): void {
    while (known.waiting.length > 0 && known.passing < PASSES_OF_ONE_MAX && this.#passing < PASSES_MAX) {
      const { unit, payment } = known.waiting.shift() as Pass;
      this.#waiting -= 1;
      this.#waitingBytes -= unit.length - UNIT_HEADER_BYTES;
      known.passing += 1;
      this.#passing += 1;
      // What fails is not tried again: the session's ends notice, and a second try might be a second payment.
      known.circuit
        .send(unit, { paid: payment })
        .catch(() => {
          this.dropped += 1;
        })
        .finally(() => {
          known.passing -= 1;
          this.#passing -= 1;
          this.#next(known);
          if (this.#waiting > 0) for (const other of this.#enlisted.values()) this.#next(other);
        });
    }
  }

  #makeRoom(): void {
    const nowMs = this.#options.clock.now();
    for (const [token, { used, usedMs, passing, circuit }] of this.#enlisted) {
      const full = this.#enlisted.size >= ENLISTED_MAX;
      if (passing > 0 || nowMs - usedMs < (used ? IDLE_MS : UNUSED_MS) || (used && !full)) continue;
      this.#enlisted.delete(token);
      circuit.close();
    }
  }

  #token(): boolean {
    const nowMs = this.#options.clock.now();
    this.#tokens = Math.min(ASKING_BURST, this.#tokens + ((nowMs - this.#tokensMs) / 1000) * ASKING_RATE_PER_S);
    this.#tokensMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** What passing on costs, and what BOLT 7's policy of our own channel would have asked for forwarding it: we work for no less than LND does. */
const priceMsat = (graph: Graph, own: string, { costMsat = 0, path: [first] = [] }: Circuit): number =>
  graph.edges.reduce((dearest, { ends }) => {
    if (!ends.some(({ publicKey }) => publicKey === first)) return dearest;
    const policy = ends.find(({ publicKey }) => publicKey === own)?.policy;
    const feeMsat = (policy?.feeBaseMsat ?? 0) + Math.floor((costMsat * (policy?.feeProportionalMillionths ?? 0)) / 1_000_000);
    return Math.max(dearest, costMsat + feeMsat);
  }, costMsat);
