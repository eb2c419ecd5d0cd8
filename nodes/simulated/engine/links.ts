/**
 * The ends of channels: BOLT 2's update and commitment rounds as LND's link runs them (htlcswitch/link.go). Adds wait for the commit tick
 * or a full batch, settles and fails are signed for at once, one signature may be outstanding, and an update counts once the old states of
 * both sides are revoked. A preimage is passed back before that, as LND pipelines it. LND runs one goroutine a link: its work is serial.
 */
import { EVENT, JOB } from '../event-kinds.ts';
import { TRACED } from '../trace.ts';
import { WEDGED } from './channel-state.ts';
import type { Core } from './core.ts';
import { UPDATE } from './htlcs.ts';
import { LIST, LinkRows, NONE } from './link-rows.ts';

/** LND's --channel-commit-batch-size. */
export const COMMIT_BATCH = 10;
/** What update_add_htlc's own fields leave of a message (BOLT 1, 2): 65,533 B − 1,450 B. */
const WIRE_RECORDS_BYTES_SENDABLE = 64_083;
/** Bytes of the messages (BOLT 2), for the trace and the wire; the first three by UPDATE. */
const UPDATE_BYTES = [1_452, 74, 328] as const;
const COMMIT_BYTES = 98;
const REVOKE_BYTES = 99;

/** Kinds of message on a wire; what is not about a channel is a call. */
export const MESSAGE = { call: 0, update: 1, commit: 2, revoke: 3 } as const;

/** Flags of an end. */
const AWAITS_REVOKE = 1;
const TICKING = 2;
/** Signs as soon as it may: something urgent waits. */
const URGENT = 4;

/** Who decides what becomes of an HTLC, and hears how one of its own ended. */
export interface HtlcEnds {
  /** Both commitments hold it: pass it on, take it, or fail it. */
  accepted(htlc: number): void;
  /** Its preimage came back. */
  settled(htlc: number): void;
  /** It is gone from both commitments. */
  failed(htlc: number): void;
  /** It was signed for, and its records do not fit a message. */
  wedged(htlc: number): void;
  /** One that had records is gone from both commitments. */
  removed(htlc: number): void;
}

interface Held {
  readonly kind: number;
  readonly reference: number;
}

export class Links {
  readonly #core: Core;
  readonly #ends: HtlcEnds;
  readonly #rows: LinkRows;
  /** By end, while its channel is down: what was to be sent or is lost, and goes again once it is reestablished. */
  readonly #held = new Map<number, Held[]>();

  constructor(core: Core, ends: HtlcEnds) {
    this.#core = core;
    this.#ends = ends;
    this.#rows = rowsOf(core);
    const { jobs, time, wires } = core;
    jobs.on(JOB.update, (htlc) => this.#updateMade(htlc));
    jobs.on(JOB.updated, (htlc) => this.#updated(htlc));
    jobs.on(JOB.accepted, (htlc) => ends.accepted(htlc));
    jobs.on(JOB.sign, (end) => this.#signatureMade(end));
    jobs.on(JOB.verify, (end) => this.#committed(end));
    jobs.on(JOB.revoked, (end) => this.#revoked(end));
    time.on(EVENT.commitTick, (end) => this.#ticked(end));
    wires.on(
      MESSAGE.update,
      (htlc) => this.#receiveUpdate(htlc),
      (htlc) => this.#hold(core.htlcs.sender(htlc), MESSAGE.update, htlc),
    );
    wires.on(
      MESSAGE.commit,
      (end) => this.#work(end ^ 1, JOB.verify, end ^ 1, core.costs.commitVerifyCpuUs, core.costs.commitDiskUs),
      (end) => this.#hold(end, MESSAGE.commit, end),
    );
    wires.on(
      MESSAGE.revoke,
      (end) => this.#work(end ^ 1, JOB.revoked, end ^ 1, core.costs.revokeCpuUs, core.costs.commitDiskUs),
      (end) => this.#hold(end, MESSAGE.revoke, end),
    );
  }

  /** The caller has asked the channel whether it admits the HTLC; from here on the amount is offered. */
  offer(htlc: number): void {
    const { htlcs, state, costs } = this.#core;
    const end = htlcs.end(htlc);
    state.offer(end, htlcs.amountMsat(htlc));
    // LND has signed for an HTLC that it cannot send: it will try for ever, and the channel carries nothing else.
    if (htlcs.recordBytes(htlc) > WIRE_RECORDS_BYTES_SENDABLE) {
      state.flags[end >> 1]! |= WEDGED;
      this.#ends.wedged(htlc);
    } else this.#update(end, htlc, costs.htlcOfferCpuUs);
  }

  /** By the end that received it. */
  settle(htlc: number): void {
    const { htlcs, costs } = this.#core;
    htlcs.settle(htlc);
    this.#update(htlcs.end(htlc) ^ 1, htlc, costs.htlcSettleCpuUs);
  }

  /** By the end that received it. */
  fail(htlc: number, failure: number, hop: number): void {
    const { htlcs, costs } = this.#core;
    htlcs.fail(htlc, failure, hop);
    this.#update(htlcs.end(htlc) ^ 1, htlc, costs.htlcSettleCpuUs);
  }

  /** The channel was reestablished: everything that was on the way goes again. */
  resend(channel: number): void {
    for (const end of [2 * channel, 2 * channel + 1]) {
      const held = this.#held.get(end) ?? [];
      this.#held.delete(end);
      for (const { kind, reference } of held) this.#put(end, kind, reference);
    }
  }

  #update(end: number, htlc: number, cpuUs: number): void {
    const { htlcs, costs } = this.#core;
    const bytes = htlcs.update(htlc) === UPDATE.add ? htlcs.recordBytes(htlc) : 0;
    this.#work(end, JOB.update, htlc, cpuUs + bytes * costs.wireRecordCpuUsPerByte, bytes * costs.wireRecordDiskUsPerByte);
  }

  #work(end: number, kind: number, argument: number, cpuUs: number, diskUs: number): void {
    const { nodes, jobs } = this.#core;
    const node = this.#rows.node(end);
    jobs.do(end, kind, argument, nodes.spread(node, cpuUs), nodes.spread(node, diskUs * this.#rows.disk(end)));
  }

  #updateMade(htlc: number): void {
    const { htlcs } = this.#core;
    const end = htlcs.sender(htlc);
    this.#rows.addUnsigned(end);
    this.#send(end, MESSAGE.update, htlc);
    if (htlcs.update(htlc) !== UPDATE.add) this.#rows.set(end, URGENT);
    if (this.#rows.has(end, URGENT) || this.#rows.unsigned(end) >= COMMIT_BATCH) this.#sign(end);
    else this.#startTick(end);
  }

  #startTick(end: number): void {
    if (this.#rows.has(end, TICKING)) return;
    this.#rows.set(end, TICKING);
    this.#core.time.schedule(this.#rows.commitIntervalUs(end), EVENT.commitTick, end, 0);
  }

  #ticked(end: number): void {
    this.#rows.clear(end, TICKING | URGENT);
    if (this.#rows.unsigned(end) > 0) this.#rows.set(end, URGENT);
    this.#sign(end);
  }

  #sign(end: number): void {
    if (this.#rows.has(end, AWAITS_REVOKE) || (this.#rows.unsigned(end) === 0 && this.#rows.isEmpty(end, LIST.owed))) return;
    const { costs } = this.#core;
    const rows = this.#rows;
    rows.signUnsigned(end);
    rows.clear(end, URGENT);
    rows.set(end, AWAITS_REVOKE);
    rows.moveAll(end, LIST.owed, LIST.locking);
    this.#work(end, JOB.sign, end, costs.commitSignCpuUs, costs.commitDiskUs);
  }

  #signatureMade(end: number): void {
    this.#send(end, MESSAGE.commit, end);
  }

  #send(end: number, kind: number, reference: number): void {
    const { htlcs, trace, time, state } = this.#core;
    const rows = this.#rows;
    const update = kind === MESSAGE.update;
    const traced = update ? TRACED['update-add'] + htlcs.update(reference) : TRACED.commit + kind - MESSAGE.commit;
    const msat = update ? htlcs.amountMsat(reference) : 0;
    trace.recordNumber(traced, time.nowUs, rows.node(end), rows.node(end ^ 1), this.#bytesOf(kind, reference), msat);
    if (state.isActive(end >> 1)) this.#put(end, kind, reference);
    else this.#hold(end, kind, reference);
  }

  #put(end: number, kind: number, reference: number): void {
    this.#core.wires.send(this.#rows.wire(end), this.#bytesOf(kind, reference), kind, reference);
  }

  #hold(end: number, kind: number, reference: number): void {
    const held = this.#held.get(end);
    if (held === undefined) this.#held.set(end, [{ kind, reference }]);
    else held.push({ kind, reference });
  }

  #bytesOf(kind: number, reference: number): number {
    if (kind !== MESSAGE.update) return kind === MESSAGE.commit ? COMMIT_BYTES : REVOKE_BYTES;
    const { htlcs } = this.#core;
    const update = htlcs.update(reference);
    return UPDATE_BYTES[update as 0]! + (update === UPDATE.add ? htlcs.recordBytes(reference) : 0);
  }

  #receiveUpdate(htlc: number): void {
    const { htlcs, costs } = this.#core;
    const end = htlcs.sender(htlc) ^ 1;
    if (htlcs.update(htlc) !== UPDATE.add) {
      this.#work(end, JOB.updated, htlc, costs.htlcSettleCpuUs, 0);
      return;
    }
    const bytes = htlcs.recordBytes(htlc);
    const cpuUs = costs.htlcAcceptCpuUs + bytes * costs.wireRecordCpuUsPerByte;
    this.#work(end, JOB.updated, htlc, cpuUs, bytes * costs.wireRecordDiskUsPerByte);
  }

  #updated(htlc: number): void {
    const { htlcs } = this.#core;
    this.#rows.push(htlcs.sender(htlc) ^ 1, LIST.told, htlc);
    if (htlcs.update(htlc) === UPDATE.settle) this.#ends.settled(htlc);
  }

  /** Their signature is checked: our old state is revoked, and what they signed for we sign for as well. */
  #committed(end: number): void {
    this.#rows.move(end, LIST.told, LIST.owed, this.#rows.signed(end ^ 1));
    this.#send(end, MESSAGE.revoke, end);
    if (!this.#rows.isEmpty(end, LIST.owed)) this.#sign(end);
  }

  #revoked(end: number): void {
    this.#rows.clear(end, AWAITS_REVOKE);
    const { htlcs } = this.#core;
    for (let htlc = this.#rows.take(end, LIST.locking), next = NONE; htlc !== NONE; htlc = next) {
      next = htlcs.next(htlc);
      this.#locked(end, htlc);
    }
    if (this.#rows.has(end, URGENT) || !this.#rows.isEmpty(end, LIST.owed) || this.#rows.unsigned(end) >= COMMIT_BATCH) this.#sign(end);
  }

  #locked(end: number, htlc: number): void {
    const { htlcs, state, costs } = this.#core;
    const update = htlcs.update(htlc);
    if (update === UPDATE.add) {
      this.#work(end, JOB.accepted, htlc, costs.htlcForwardCpuUs, 0);
      return;
    }
    // The HTLC was ours: its end counts when they told us of it and both sides have revoked.
    state.remove(end, htlcs.amountMsat(htlc), update === UPDATE.settle);
    if (update === UPDATE.fail) this.#ends.failed(htlc);
    if (htlcs.recordBytes(htlc) > 0) this.#ends.removed(htlc);
    htlcs.remove(htlc);
  }
}

function rowsOf({ htlcs, graph, nodes, connections }: Core): LinkRows {
  const ends = 2 * graph.channels;
  const rows = new LinkRows(htlcs, ends);
  for (let end = 0; end < ends; end++) {
    const node = graph.endNode[end]!;
    rows.describe(end, {
      node,
      wire: connections.wireOf(end),
      commitIntervalUs: nodes.commitIntervalUs[node]!,
      disk: nodes.disk[node]!,
    });
  }
  return rows;
}
