/**
 * The ends of channels: BOLT 2's update and commitment rounds as LND's link runs them (htlcswitch/link.go). Adds wait for the batch ticker
 * or a full batch unless a round is under way anyway, settles and fails are signed for at once, one signature may be outstanding, and an
 * update counts once the old states of both sides are revoked. A preimage is passed back before that, as LND pipelines it. LND runs one
 * goroutine a link: its work is serial, and it waits for its databases. What is written when stands beside each job by LND's names.
 */
import { EVENT, JOB } from '../event-kinds.ts';
import { TRACED } from '../trace.ts';
import { WEDGED } from './channel-state.ts';
import type { Core } from './core.ts';
import { longer, TRANSACTION, writes } from './databases.ts';
import { UPDATE } from './htlcs.ts';
import { LIST, LinkRows, NONE } from './link-rows.ts';

/** LND's --channel-commit-batch-size. */
const COMMIT_BATCH = 10;
/** What update_add_htlc's own fields leave of a message (BOLT 1, 2): 65,533 B − 1,450 B. */
const WIRE_RECORDS_BYTES_SENDABLE = 64_083;
/** Bytes of the messages with their types (BOLT 2), for the trace and the wire; the first three by UPDATE, a failure with BOLT 4's reason of 292 B. */
export const UPDATE_BYTES = [1_452, 74, 336] as const;
/** commitment_signed has a signature for each HTLC with an output of its own. */
export const COMMIT_BYTES = 100;
export const HTLC_SIGNATURE_BYTES = 64;
export const REVOKE_BYTES = 99;

/** Kinds of message on a wire; what is not about a channel is a call. */
export const MESSAGE = { call: 0, update: 1, commit: 2, revoke: 3 } as const;

/** Flags of an end. */
const AWAITS_REVOKE = 1;
const TICKING = 2;
/** Adds of ours whose circuits are not written as opened. */
const KEYSTONES = 4;
/** Preimages that the peer told since its last signature. */
const PREIMAGES = 8;

/** updateCommitTx: OpenCircuits where there are any, AppendRemoteCommitChain, DeleteCircuits even with nothing to delete. */
const SIGN_WRITES = writes([], 2);
const SIGN_ADDS_WRITES = writes([], 3);
/** processRemoteCommitSig: AddPreimages where there are any, a batch; UpdateCommitment. */
const VERIFY_WRITES = writes([], 1);
const VERIFY_SETTLES_WRITES = writes(['preimages'], 1);
/** processRemoteRevokeAndAck, before what its HTLCs write. */
const REVOKE_WRITES = writes(['update', 'replays'], 0);
/** An exit HTLC: AddInvoice, UpdateInvoice. */
const EXIT_TRANSACTIONS = 2;

/** Who decides what becomes of an HTLC, and hears how one of its own ended. */
export interface HtlcEnds {
  /** Whether the end that receives it is its last. */
  isExit(htlc: number): boolean;
  /** Whether a program of the node is asked about what it passes on. */
  asksForwards(node: number): boolean;
  /** Both commitments hold it: pass it on, take it, or fail it. One that ends here is answered by settleNow or failNow. */
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
  /** By channel, of the HTLCs under way: every state is written with all of them. */
  readonly #recordBytes: Float64Array;
  /** The end whose round is worked through at this instant. */
  #locking = NONE;

  constructor(core: Core, ends: HtlcEnds) {
    this.#core = core;
    this.#ends = ends;
    this.#rows = rowsOf(core);
    this.#recordBytes = new Float64Array(core.graph.channels);
    const { jobs, time, wires } = core;
    jobs.on(JOB.update, (htlc) => this.#updateMade(htlc));
    jobs.on(JOB.updated, (htlc) => this.#updated(htlc));
    jobs.on(JOB.tick, (end) => this.#sign(end));
    jobs.on(JOB.sign, (end) => this.#signatureMade(end));
    jobs.on(JOB.verify, (end) => this.#committed(end));
    jobs.on(JOB.revoked, (end) => this.#revoked(end));
    time.on(EVENT.commitTick, (end, stops) => this.#ticked(end, stops));
    wires.on(
      MESSAGE.update,
      (htlc) => this.#receiveUpdate(htlc),
      (htlc) => this.#hold(core.htlcs.sender(htlc), MESSAGE.update, htlc),
    );
    wires.on(
      MESSAGE.commit,
      (end) => this.#receiveCommit(end ^ 1),
      (end) => this.#hold(end, MESSAGE.commit, end),
    );
    wires.on(
      MESSAGE.revoke,
      (end) => this.#receiveRevoke(end ^ 1),
      (end) => this.#hold(end, MESSAGE.revoke, end),
    );
  }

  /** The caller has asked the channel whether it admits the HTLC; from here on the amount is offered. */
  offer(htlc: number): void {
    const { htlcs, state, costs } = this.#core;
    const end = htlcs.end(htlc);
    state.offer(end, htlcs.amountMsat(htlc));
    this.#recordBytes[end >> 1]! += htlcs.recordBytes(htlc);
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
    this.#work(end, JOB.update, htlc, cpuUs + bytes * costs.wireRecordCpuUsPerByte, 0);
  }

  /** Its node has answered an HTLC of the round that it works through: what is said goes with the signature that ends the round. */
  settleNow(htlc: number): void {
    this.#core.htlcs.settle(htlc);
    this.#answered(htlc);
  }

  failNow(htlc: number, failure: number, hop: number): void {
    this.#core.htlcs.fail(htlc, failure, hop);
    this.#answered(htlc);
  }

  #answered(htlc: number): void {
    const end = this.#core.htlcs.end(htlc) ^ 1;
    this.#rows.addUnsigned(end);
    this.#send(end, MESSAGE.update, htlc);
    this.#rows.addUnanswered(end, -1);
    // A program answered later: the round was left open for it.
    if (this.#rows.unanswered(end) === 0 && this.#locking !== end) this.#work(end, JOB.tick, end, 0, 0);
  }

  #work(end: number, kind: number, argument: number, cpuUs: number, what: number): void {
    const { nodes, jobs } = this.#core;
    jobs.do(end, kind, argument, nodes.spread(this.#rows.node(end), cpuUs), what);
  }

  /** The same, where a state of the channel is written: with all its HTLCs. */
  #workOnState(end: number, kind: number, cpuUs: number, what: number): void {
    const { costs, state, nodes } = this.#core;
    const htlcs = state.htlcs[end]! + state.htlcs[end ^ 1]!;
    const bytes = this.#recordBytes[end >> 1]!;
    const perHtlc = htlcs * costs.stateCpuUsPerHtlc + bytes * costs.dbCpuUsPerByte;
    const slower = bytes === 0 ? what : longer(what, bytes * costs.dbUsPerByte * nodes.disk[this.#rows.node(end)]!);
    this.#work(end, kind, end, cpuUs + perHtlc, slower);
  }

  #updateMade(htlc: number): void {
    const { htlcs } = this.#core;
    const end = htlcs.sender(htlc);
    this.#rows.addUnsigned(end);
    this.#send(end, MESSAGE.update, htlc);
    if (htlcs.update(htlc) === UPDATE.add) this.#rows.set(end, KEYSTONES);
    if (htlcs.update(htlc) !== UPDATE.add || this.#rows.unsigned(end) >= COMMIT_BATCH) this.#sign(end);
    else this.#startTick(end);
  }

  #startTick(end: number): void {
    const rows = this.#rows;
    if (rows.has(end, TICKING)) return;
    rows.set(end, TICKING);
    this.#core.time.schedule(rows.commitIntervalUs(end), EVENT.commitTick, end, rows.stops(end));
  }

  #ticked(end: number, stops: number): void {
    if (stops !== this.#rows.stops(end)) return;
    this.#rows.clear(end, TICKING);
    this.#work(end, JOB.tick, end, 0, 0);
  }

  /** LND's OweCommitment: whatever is not signed for, ours or theirs. */
  #owes(end: number): boolean {
    return this.#rows.unsigned(end) > 0 || !this.#rows.isEmpty(end, LIST.owed);
  }

  #sign(end: number): void {
    const rows = this.#rows;
    if (rows.has(end, AWAITS_REVOKE) || rows.unanswered(end) > 0 || !this.#owes(end)) return;
    const adds = rows.has(end, KEYSTONES);
    rows.signUnsigned(end);
    rows.clear(end, KEYSTONES | TICKING);
    rows.stop(end);
    rows.set(end, AWAITS_REVOKE);
    rows.moveAll(end, LIST.owed, LIST.locking);
    this.#workOnState(end, JOB.sign, this.#core.costs.commitSignCpuUs, adds ? SIGN_ADDS_WRITES : SIGN_WRITES);
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
    const { htlcs, state } = this.#core;
    if (kind === MESSAGE.commit) return COMMIT_BYTES + HTLC_SIGNATURE_BYTES * state.aboveDust[reference >> 1]!;
    if (kind === MESSAGE.revoke) return REVOKE_BYTES;
    const update = htlcs.update(reference);
    return UPDATE_BYTES[update as 0]! + (update === UPDATE.add ? htlcs.recordBytes(reference) : 0);
  }

  #receiveUpdate(htlc: number): void {
    const { htlcs, costs } = this.#core;
    const end = htlcs.sender(htlc) ^ 1;
    if (htlcs.update(htlc) !== UPDATE.add) {
      if (htlcs.update(htlc) === UPDATE.settle) this.#rows.set(end, PREIMAGES);
      this.#work(end, JOB.updated, htlc, costs.htlcSettleCpuUs, 0);
      return;
    }
    const bytes = htlcs.recordBytes(htlc);
    const cpuUs = costs.htlcAcceptCpuUs + bytes * costs.wireRecordCpuUsPerByte;
    this.#work(end, JOB.updated, htlc, cpuUs, 0);
  }

  #receiveCommit(end: number): void {
    const settles = this.#rows.has(end, PREIMAGES);
    this.#rows.clear(end, PREIMAGES);
    this.#workOnState(end, JOB.verify, this.#core.costs.commitVerifyCpuUs, settles ? VERIFY_SETTLES_WRITES : VERIFY_WRITES);
  }

  /**
   * processRemoteRevokeAndAck: AdvanceCommitChainTail; the replay log, a batch even without onions; two transactions for each HTLC that
   * ends here; SetFwdFilter; CommitCircuits for those that go on, unless a program is asked about each first.
   */
  #receiveRevoke(end: number): void {
    const { costs, htlcs } = this.#core;
    let exits = 0;
    let forwards = 0;
    for (let htlc = this.#rows.first(end, LIST.locking); htlc !== NONE; htlc = htlcs.next(htlc)) {
      if (htlcs.update(htlc) !== UPDATE.add) continue;
      if (this.#ends.isExit(htlc)) exits += 1;
      else forwards += 1;
    }
    const circuits = forwards > 0 && !this.#ends.asksForwards(this.#rows.node(end));
    const what = REVOKE_WRITES + TRANSACTION * (EXIT_TRANSACTIONS * exits + 1 + (circuits ? 1 : 0));
    const cpuUs = costs.revokeCpuUs + (exits + forwards) * costs.htlcForwardCpuUs + exits * costs.invoiceCpuUs;
    this.#workOnState(end, JOB.revoked, cpuUs, what);
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
    this.#sign(end);
  }

  #revoked(end: number): void {
    this.#rows.clear(end, AWAITS_REVOKE);
    const { htlcs } = this.#core;
    const first = this.#rows.take(end, LIST.locking);
    for (let htlc = first; htlc !== NONE; htlc = htlcs.next(htlc)) {
      if (htlcs.update(htlc) === UPDATE.add && this.#ends.isExit(htlc)) this.#rows.addUnanswered(end, 1);
    }
    this.#locking = end;
    for (let htlc = first, next = NONE; htlc !== NONE; htlc = next) {
      next = htlcs.next(htlc);
      this.#locked(end, htlc);
    }
    this.#locking = NONE;
    this.#sign(end);
  }

  #locked(end: number, htlc: number): void {
    const { htlcs, state } = this.#core;
    const update = htlcs.update(htlc);
    if (update === UPDATE.add) {
      this.#ends.accepted(htlc);
      return;
    }
    // The HTLC was ours: its end counts when they told us of it and both sides have revoked.
    state.remove(end, htlcs.amountMsat(htlc), update === UPDATE.settle);
    this.#recordBytes[end >> 1]! -= htlcs.recordBytes(htlc);
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
    });
  }
  return rows;
}
