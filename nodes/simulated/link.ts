/**
 * One end of a channel: BOLT 2's update and commitment rounds as LND's link runs them. Adds wait for the commit tick or a full batch,
 * settles and fails are signed for at once, one signature may be outstanding, and an update counts once the old states of both
 * sides are revoked. A preimage is passed back before that, as LND pipelines it.
 */
import { tlvStreamBytes } from '../onion.ts';
import type { Channel, Side } from './channel.ts';
import type { Connection } from './connection.ts';
import { Fifo } from './fifo.ts';
import type { Worker } from './host.ts';
import type { Failure, Htlc, HtlcHandler } from './htlc.ts';
import type { SimulatedLnd } from './lnd.ts';

/** What update_add_htlc's own fields leave of a message (BOLT 1, 2): 65,533 B − 1,450 B. */
const WIRE_RECORDS_BYTES_SENDABLE = 64_083;
/** LND's --channel-commit-batch-size. */
const COMMIT_BATCH = 10;
/** Bytes of the messages (BOLT 2), for the trace and the wire. */
const MESSAGE_BYTES = { add: 1_452, settle: 74, fail: 328, commit: 98, revoke: 99 } as const;

type Update =
  | { readonly kind: 'add'; readonly htlc: Htlc }
  | { readonly kind: 'settle'; readonly htlc: Htlc }
  | { readonly kind: 'fail'; readonly htlc: Htlc; readonly failure: Failure };
type Message = Update | { readonly kind: 'commit'; readonly updates: number } | { readonly kind: 'revoke' };

export class LinkEnd {
  readonly channel: Channel;
  readonly side: Side;
  readonly node: SimulatedLnd;
  readonly connection: Connection;
  peer!: LinkEnd;
  readonly #handler: HtlcHandler;
  /** LND runs one goroutine a link: its work is serial. */
  readonly #worker: Worker;
  /** Sent and not yet delivered; kept over a lost connection. */
  readonly #outbox = new Fifo<Message>();
  /** Ours, not yet in a signature of ours. */
  #unsigned = 0;
  /** Theirs: told; then signed for by them and owed a signature by us; then in our outstanding signature. */
  readonly #told = new Fifo<Update>();
  #owed: Update[] = [];
  #locking: Update[] = [];
  #awaitsRevoke = false;
  #ticking = false;
  /** Signs as soon as it may: something urgent waits. */
  #urgent = false;

  constructor(channel: Channel, side: Side, node: SimulatedLnd, connection: Connection, handler: HtlcHandler) {
    this.channel = channel;
    this.side = side;
    this.node = node;
    this.connection = connection;
    this.#handler = handler;
    this.#worker = node.worker();
  }

  /** The caller has asked the channel whether it admits the HTLC; from here on the amount is offered. */
  offer(htlc: Htlc): void {
    this.channel.offer(this.side, htlc.amountMsat);
    const records = tlvStreamBytes(htlc.wireRecords);
    if (records > WIRE_RECORDS_BYTES_SENDABLE) this.#wedge(records);
    else this.#update({ kind: 'add', htlc }, this.node.costs.htlcOfferCpuUs);
  }

  settle(htlc: Htlc): void {
    this.#update({ kind: 'settle', htlc }, this.node.costs.htlcSettleCpuUs);
  }

  fail(htlc: Htlc, failure: Failure): void {
    this.#update({ kind: 'fail', htlc, failure }, this.node.costs.htlcSettleCpuUs);
  }

  /** The channel was reestablished: everything on the way goes again. */
  resend(): void {
    for (const message of this.#outbox) this.#deliver(message);
  }

  /** LND has signed for an HTLC that it cannot send: it will try for ever, and the channel carries nothing else. */
  #wedge(recordBytes: number): void {
    this.node.note(`channel ${this.channel.id}: update_add_htlc with ${recordBytes} B of records does not fit a message: wedged`);
    this.channel.wedged = true;
  }

  #update(update: Update, cpuUs: number): void {
    const { cpu, disk } = this.#recordsUs(update);
    this.#work(cpuUs + cpu, disk, () => {
      this.#unsigned += 1;
      this.#send(update);
      if (update.kind !== 'add') this.#urgent = true;
      if (this.#urgent || this.#unsigned >= COMMIT_BATCH) this.#sign();
      else this.#startTick();
    });
  }

  #recordsUs(message: Message): { readonly cpu: number; readonly disk: number } {
    const bytes = message.kind === 'add' ? tlvStreamBytes(message.htlc.wireRecords) : 0;
    const { costs, plan } = this.node;
    return { cpu: bytes * costs.wireRecordCpuUsPerByte, disk: plan.storage === 'tmpfs' ? 0 : bytes * costs.wireRecordDiskUsPerByte };
  }

  #work(cpuUs: number, diskUs: number, done: () => void): void {
    this.#worker.do(this.node.spread(cpuUs), this.node.spread(diskUs), done);
  }

  #startTick(): void {
    if (this.#ticking) return;
    this.#ticking = true;
    this.node.time.after(this.node.plan.commitIntervalMs * 1000, () => {
      this.#ticking = false;
      this.#urgent = this.#unsigned > 0;
      this.#sign();
    });
  }

  #sign(): void {
    if (this.#awaitsRevoke || (this.#unsigned === 0 && this.#owed.length === 0)) return;
    const updates = this.#unsigned;
    this.#unsigned = 0;
    this.#urgent = false;
    this.#locking = this.#owed;
    this.#owed = [];
    this.#awaitsRevoke = true;
    this.#work(this.node.costs.commitSignCpuUs, this.node.commitDiskUs, () => this.#send({ kind: 'commit', updates }));
  }

  #send(message: Message): void {
    this.#outbox.push(message);
    const kind = message.kind === 'commit' || message.kind === 'revoke' ? message.kind : (`update-${message.kind}` as const);
    this.node.record(kind, this.peer.node, bytesOf(message), 'htlc' in message ? message.htlc.amountMsat : 0);
    if (this.channel.active) this.#deliver(message);
  }

  /** In order: it is the first of the outbox when it arrives. */
  #deliver(message: Message): void {
    const { connection, node } = this;
    const { epoch } = connection;
    node.time.after(connection.travelUs(node, bytesOf(message)), () => {
      if (connection.epoch === epoch) connection.deliver(() => this.peer.#receive(this.#outbox.shift()!));
    });
  }

  #receive(message: Message): void {
    const { costs } = this.node;
    if (message.kind === 'commit') {
      this.#work(costs.commitVerifyCpuUs, this.node.commitDiskUs, () => this.#committed(message.updates));
    } else if (message.kind === 'revoke') {
      this.#work(costs.revokeCpuUs, this.node.commitDiskUs, () => this.#revoked());
    } else {
      const { cpu, disk } = this.#recordsUs(message);
      this.#work(cpu + (message.kind === 'add' ? costs.htlcAcceptCpuUs : costs.htlcSettleCpuUs), disk, () => {
        this.#told.push(message);
        if (message.kind === 'settle') message.htlc.origin.settled();
      });
    }
  }

  #committed(updates: number): void {
    for (let count = 0; count < updates; count++) this.#owed.push(this.#told.shift()!);
    this.#send({ kind: 'revoke' });
    if (this.#owed.length > 0) this.#sign();
  }

  #revoked(): void {
    this.#awaitsRevoke = false;
    const locked = this.#locking;
    this.#locking = [];
    for (const update of locked) this.#locked(update);
    if (this.#urgent || this.#owed.length > 0 || this.#unsigned >= COMMIT_BATCH) this.#sign();
  }

  #locked(update: Update): void {
    if (update.kind === 'add') {
      this.#work(this.node.costs.htlcForwardCpuUs, 0, () => this.#handler.accepted(this, update.htlc));
      return;
    }
    // The HTLC was ours: its end counts when they told us of it and both sides have revoked.
    this.channel.remove(this.side, update.htlc.amountMsat, update.kind === 'settle');
    if (update.kind === 'fail') update.htlc.origin.failed(update.failure);
  }
}

const bytesOf = (message: Message): number =>
  MESSAGE_BYTES[message.kind] + (message.kind === 'add' ? tlvStreamBytes(message.htlc.wireRecords) : 0);
