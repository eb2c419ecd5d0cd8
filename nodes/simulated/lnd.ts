/**
 * A simulated LND as an object: its identity, its peers, its payments and who listens to it, made when somebody asks for the node. What it
 * does stands in the files beside this; its HTLCs are the engine's and need no object.
 */
import { recordsToPass, UNASKED } from '../htlc-answer.ts';
import type { ExitAnswer, ExitHtlc, Forward, ForwardAnswer, OnionMessage, PaymentState, PeerMessage, ReceivedPayment } from '../node.ts';
import { tlvStreamBytes } from '../onion.ts';
import type { NodePlan } from '../plan.ts';
import type { Channel, LinkEnd } from './channel.ts';
import type { Connection } from './connection.ts';
import type { Costs } from './costs.ts';
import { ASKS } from './engine/node-columns.ts';
import type { OwnInvoice } from './invoices.ts';
import type { NodeKey } from './keys.ts';
import { TokenBucket } from './limiter.ts';
import { Listeners } from './listeners.ts';
import { Log } from './log.ts';
import { Power } from './power.ts';
import { Questions } from './questions.ts';
import type { SeededRandom } from './random.ts';
import type { TRACED } from './trace.ts';
import type { VirtualTime } from './virtual-time.ts';
import { Worker } from './worker.ts';
import type { World } from './world.ts';

export class SimulatedLnd {
  readonly world: World;
  readonly plan: NodePlan;
  readonly index: number;
  readonly key: NodeKey;
  readonly random: SeededRandom;
  readonly log = new Log();
  readonly power: Power;
  #links: readonly LinkEnd[] | undefined;
  #connections: Map<string, Connection> | undefined;
  /** LND's payment and invoice tables: by hash in hex. */
  readonly payments = new Map<string, PaymentState>();
  /** Feature bits of its announcement beside LND's own. */
  readonly features = new Set<number>();
  readonly settledInvoices = new Set<string>();
  /** Those it made, by hash in hex. */
  readonly invoices = new Map<string, OwnInvoice>();
  readonly receivedPayments = new Listeners<ReceivedPayment>();
  readonly peerMessages = new Listeners<PeerMessage>();
  readonly onionMessages = new Listeners<OnionMessage>();
  readonly forwardQuestions = new Questions<Forward, ForwardAnswer>(this, UNASKED.forward, (answer) =>
    tlvStreamBytes(recordsToPass(answer)),
  );
  readonly exitQuestions = new Questions<ExitHtlc, ExitAnswer>(this, UNASKED.exit, () => 0, 1);
  /** Numbers the forwards that a program is asked about. */
  forwardsSeen = 0;
  readonly onionBucket: TokenBucket;
  readonly onionPeerBuckets = new Map<string, TokenBucket>();
  /** Per peer: messages are taken in one after the other. */
  readonly #inbound = new Map<string, Worker>();

  constructor(world: World, plan: NodePlan, index: number) {
    this.world = world;
    this.plan = plan;
    this.index = index;
    this.power = new Power(plan.name);
    this.random = world.random.split(`node ${plan.name}`);
    this.key = world.keyOf(index);
    this.forwardQuestions.onTaken = (taken) => this.#asks(ASKS.forward, taken);
    this.exitQuestions.onTaken = (taken) => this.#asks(ASKS.exit, taken);
    this.onionBucket = new TokenBucket(plan.onionLimiter.globalKbps, plan.onionLimiter.globalBurstBytes, world.time.nowUs);
  }

  get name(): string {
    return this.plan.name;
  }

  get publicKey(): string {
    return this.key.publicKey;
  }

  get time(): VirtualTime {
    return this.world.time;
  }

  get costs(): Costs {
    return this.world.costs;
  }

  /** Its ends of its channels, in the plan's order. */
  get links(): readonly LinkEnd[] {
    const { graph } = this.world.core;
    this.#links ??= Array.from(graph.endsOf.subarray(graph.firstEnd[this.index]!, graph.firstEnd[this.index + 1]!), (end) =>
      this.world.linkAt(end),
    );
    return this.#links;
  }

  /** By the peer's public key; those that it has channels with are there from the start. */
  get connections(): Map<string, Connection> {
    if (this.#connections === undefined) {
      this.#connections = new Map();
      const { graph } = this.world.core;
      for (const { end } of this.links) {
        this.#connections.set(this.world.keyOf(graph.endNode[end ^ 1]!).publicKey, this.world.connectionOfChannel(end >> 1));
      }
    }
    return this.#connections;
  }

  linkOn(channel: Channel): LinkEnd | undefined {
    const { endNode } = this.world.core.graph;
    const side = endNode.subarray(2 * channel.index, 2 * channel.index + 2).indexOf(this.index);
    return side < 0 ? undefined : this.world.linkAt(2 * channel.index + side);
  }

  /** A thread of a program beside it. */
  worker(): Worker {
    return new Worker(this.world.core.jobs, this.index, true);
  }

  /** A cost as it falls this time. */
  spread(us: number): number {
    return this.world.core.nodes.spread(this.index, us);
  }

  /** Work that nothing else of this node waits behind. */
  compute(cpuUs: number, done: () => void): void {
    this.world.core.jobs.computeCall(this.index, this.spread(cpuUs), done);
  }

  /** The same, and then it writes (engine/databases.ts). */
  write(cpuUs: number, what: number, done: () => void): void {
    this.world.core.jobs.computeCall(this.index, this.spread(cpuUs), done, what);
  }

  #asks(what: number, taken: boolean): void {
    const { asks } = this.world.core.nodes;
    if (taken) asks[this.index]! |= what;
    else asks[this.index]! &= ~what;
  }

  /** The thread that reads what this peer sends, one for each protocol. */
  inbound(peer: string, protocol: 'peer' | 'onion'): Worker {
    const name = `${protocol} ${peer}`;
    const worker = this.#inbound.get(name) ?? new Worker(this.world.core.jobs, this.index, false);
    this.#inbound.set(name, worker);
    return worker;
  }

  record(kind: keyof typeof TRACED, peer: SimulatedLnd | null, bytes: number, msat: number): void {
    this.time.trace.record(kind, this.time.nowUs, this.index, peer?.index ?? -1, bytes, msat);
  }

  note(line: string): void {
    this.log.add(this.time.nowUs, line);
  }
}
