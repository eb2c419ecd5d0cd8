/** A simulated LND: its identity, its links and peers, its payments and who listens to it. What it does stands in the files beside this. */

import { recordsToPass, UNASKED } from '../htlc-answer.ts';
import type { ExitAnswer, ExitHtlc, Forward, ForwardAnswer, OnionMessage, PaymentState, PeerMessage, ReceivedPayment } from '../node.ts';
import { tlvStreamBytes } from '../onion.ts';
import type { NodePlan } from '../plan.ts';
import type { Channel } from './channel.ts';
import type { Connection } from './connection.ts';
import type { Costs } from './costs.ts';
import { type Host, Worker } from './host.ts';
import type { OwnInvoice } from './invoices.ts';
import { NodeKey } from './keys.ts';
import { TokenBucket } from './limiter.ts';
import type { LinkEnd } from './link.ts';
import { Listeners } from './listeners.ts';
import { Log } from './log.ts';
import { Power } from './power.ts';
import { Questions } from './questions.ts';
import type { SeededRandom } from './random.ts';
import type { TRACED, Trace } from './trace.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What all nodes of one network share. */
export interface World {
  readonly time: VirtualTime;
  readonly host: Host;
  readonly trace: Trace;
  readonly costs: Costs;
  readonly random: SeededRandom;
}

export class SimulatedLnd {
  readonly world: World;
  readonly plan: NodePlan;
  readonly index: number;
  readonly key: NodeKey;
  readonly random: SeededRandom;
  readonly log = new Log();
  readonly power: Power;
  readonly links: LinkEnd[] = [];
  readonly #linkByChannel = new Map<Channel, LinkEnd>();
  /** By the peer's public key. */
  readonly connections = new Map<string, Connection>();
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
    this.key = new NodeKey(this.random.split('key'));
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

  get commitDiskUs(): number {
    return this.plan.storage === 'tmpfs' ? 0 : this.costs.commitDiskUs;
  }

  addLink(link: LinkEnd): void {
    this.links.push(link);
    this.#linkByChannel.set(link.channel, link);
  }

  linkOn(channel: Channel): LinkEnd | undefined {
    return this.#linkByChannel.get(channel);
  }

  worker(): Worker {
    return new Worker(this.world.time, this.world.host);
  }

  /** A cost as it falls this time. */
  spread(us: number): number {
    return us * (1 + this.costs.spread * (2 * this.random.float() - 1));
  }

  /** Work that nothing else of this node waits behind. */
  compute(cpuUs: number, done: () => void): void {
    this.world.host.compute(this.spread(cpuUs), done);
  }

  /** The thread that reads what this peer sends, one for each protocol. */
  inbound(peer: string, protocol: 'peer' | 'onion'): Worker {
    const name = `${protocol} ${peer}`;
    const worker = this.#inbound.get(name) ?? this.worker();
    this.#inbound.set(name, worker);
    return worker;
  }

  record(kind: keyof typeof TRACED, peer: SimulatedLnd | null, bytes: number, msat: number): void {
    this.world.trace.record(kind, this.time.nowUs, this.index, peer?.index ?? -1, bytes, msat);
  }

  note(line: string): void {
    this.log.add(this.time.nowUs, line);
  }
}
