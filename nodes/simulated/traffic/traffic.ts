/**
 * Payments between all nodes, driven from inside the model: arrivals are typed events, path-finding and mission control are columns, and
 * the engine carries the HTLCs. Nothing here is made for a payment but its rows.
 */
import type { TrafficEnded, TrafficPayment, TrafficRequest } from '../../node.ts';
import { keysendRoutingInfoBytes } from '../../onion.ts';
import { FINAL_CLTV_DELTA } from '../chain.ts';
import { REFUSAL } from '../engine/channel-state.ts';
import { FAILURES } from '../engine/htlcs.ts';
import { RandomColumns } from '../random-columns.ts';
import { isOfPolicy, learnFailure, learnSuccess } from '../routing/learn.ts';
import { CLTV_LIMIT } from '../routing/path-finder.ts';
import { RouteWalk } from '../routing/route-walk.ts';
import type { Model } from '../world.ts';
import { Demand } from './demand.ts';
import { UnderWay } from './under-way.ts';

const SETTLED = -1;

/** Nothing else may drive the engine's timers meanwhile. Calls `done` when the last payment has ended. @returns what stops it. */
export function startTraffic(model: Model, seed: number, request: TrafficRequest, done: (ended: TrafficEnded) => void): () => void {
  const traffic = new Traffic(model, seed, request, done);
  traffic.begin();
  return () => traffic.stop();
}

class Traffic {
  readonly #model: Model;
  readonly #request: TrafficRequest;
  readonly #done: (ended: TrafficEnded) => void;
  readonly #demand: Demand;
  readonly #underWay = new UnderWay();
  readonly #walk: RouteWalk;
  readonly #endUs: number;
  readonly #eventsBefore: number;
  readonly #paidMsat: Float64Array;
  readonly #earnedMsat: Float64Array;
  readonly #receivedMsat: Float64Array;
  /** [channels] */
  readonly #carriedHtlcs: Uint32Array;
  readonly #carriedMsat: Float64Array;
  /** Senders whose next payment is still to come. */
  #sending = 0;
  #payments = 0;
  #searches = 0;
  #htlcsSettled = 0;
  #htlcsFailed = 0;
  #feesMsat = 0;
  #stopped = false;

  constructor(model: Model, seed: number, request: TrafficRequest, done: (ended: TrafficEnded) => void) {
    const { core, time } = model;
    this.#model = model;
    this.#request = request;
    this.#done = done;
    const random = new RandomColumns(seed, 'traffic', core.graph.nodes, (node) => model.nameOf(node));
    this.#demand = new Demand(core.graph, random, request);
    this.#walk = new RouteWalk(core);
    this.#endUs = time.nowUs + Math.round(request.durationMs * 1000);
    this.#eventsBefore = time.events;
    this.#paidMsat = new Float64Array(core.graph.nodes);
    this.#earnedMsat = new Float64Array(core.graph.nodes);
    this.#receivedMsat = new Float64Array(core.graph.nodes);
    this.#carriedHtlcs = new Uint32Array(core.graph.channels);
    this.#carriedMsat = new Float64Array(core.graph.channels);
  }

  begin(): void {
    const { engine, time } = this.#model;
    engine.onTimer = (node) => this.#arrive(node);
    engine.payments.onEnd = (payment, row, failure, hop) => this.#ended(payment, row, failure, hop);
    engine.onCarried = (channel, msat) => {
      this.#carriedHtlcs[channel]! += 1;
      this.#carriedMsat[channel]! += msat;
    };
    for (const node of this.#demand.senders) this.#arrange(node, time.nowUs);
    if (this.#sending === 0) time.after(0, () => this.#finishIfOver());
  }

  stop(): void {
    this.#stopped = true;
    this.#model.engine.onTimer = () => {};
    this.#model.engine.payments.onEnd = () => {};
    this.#model.engine.onCarried = () => {};
  }

  #arrange(node: number, nowUs: number): void {
    const atUs = nowUs + this.#demand.waitUs(node);
    if (atUs >= this.#endUs || this.#payments >= this.#request.paymentsMax) return;
    this.#sending += 1;
    this.#model.engine.timerAt(atUs, node, 0);
  }

  #arrive(node: number): void {
    const { nowUs } = this.#model.time;
    this.#sending -= 1;
    if (this.#payments < this.#request.paymentsMax) {
      this.#payments += 1;
      const destination = this.#demand.destination(node);
      this.#try(this.#underWay.add(node, destination, this.#demand.amountMsat(node, destination), nowUs));
    }
    this.#arrange(node, nowUs);
    this.#finishIfOver();
  }

  /** The next attempt; with none left to make the payment ends. */
  #try(row: number): void {
    const { core, engine, time, routing } = this.#model;
    const { feeLimitShare, feeLimitMsat } = this.#request;
    const amountMsat = this.#underWay.amountMsat[row]!;
    const finalExpiry = core.chain.height + FINAL_CLTV_DELTA;
    this.#searches += 1;
    const hops = routing.finder.find(
      {
        source: this.#underWay.source[row]!,
        destination: this.#underWay.destination[row]!,
        amountMsat,
        maxFeeMsat: Math.max(feeLimitMsat, Math.floor(amountMsat * feeLimitShare)),
        finalExpiry,
        cltvLimit: CLTV_LIMIT,
        finalPayloadBytes: keysendRoutingInfoBytes([{ amountMsat, expiry: finalExpiry }], []),
        nowUs: time.nowUs,
      },
      routing.memory,
      this.#spendable,
    );
    if (hops === 0) {
      this.#end(row, 'NO_ROUTE', 0, 0);
      return;
    }
    this.#underWay.attempts[row]! += 1;
    const route = core.routes.keep();
    engine.pay(route, row);
    core.routes.release(route);
  }

  readonly #spendable = (end: number, amountMsat: number): number => {
    const { state } = this.#model.core;
    return state.refusal(end, amountMsat) === REFUSAL.none ? state.spendableMsat(end, amountMsat) : 0;
  };

  #ended(payment: number, row: number, failure: number, hop: number): void {
    const { routing, time, engine } = this.#model;
    const walk = this.#walk;
    walk.read(engine.payments.route[payment]!);
    if (failure === SETTLED) {
      learnSuccess(routing.memory, walk);
      this.#account();
      this.#htlcsSettled += 1;
      this.#end(row, null, walk.pairs, walk.amountsMsat[0]! - walk.amountsMsat[walk.pairs - 1]!);
    } else {
      this.#htlcsFailed += 1;
      const code = FAILURES[failure]!;
      if (hop >= 0 && isOfPolicy(code)) routing.learnPolicy(this.#model.core.routes.endOf(engine.payments.route[payment]!, hop + 1));
      const again = learnFailure(routing.memory, walk, code, hop, time.nowUs);
      const late = time.nowUs - this.#underWay.fromUs[row]! >= this.#request.timeoutMs * 1000;
      if (!again || late || this.#stopped) this.#end(row, late ? 'TIMEOUT' : code, 0, 0);
      else this.#try(row);
    }
    this.#finishIfOver();
  }

  #account(): void {
    const { nodes, amountsMsat, pairs } = this.#walk;
    this.#paidMsat[nodes[0]!]! += amountsMsat[0]!;
    for (let pair = 1; pair < pairs; pair++) this.#earnedMsat[nodes[pair]!]! += amountsMsat[pair - 1]! - amountsMsat[pair]!;
    this.#receivedMsat[nodes[pairs]!]! += amountsMsat[pairs - 1]!;
    this.#feesMsat += amountsMsat[0]! - amountsMsat[pairs - 1]!;
  }

  #end(row: number, failure: string | null, hops: number, feeMsat: number): void {
    const payment: TrafficPayment = {
      amountMsat: this.#underWay.amountMsat[row]!,
      latencyMs: (this.#model.time.nowUs - this.#underWay.fromUs[row]!) / 1000,
      attempts: this.#underWay.attempts[row]!,
      failure,
      hops,
      feeMsat,
    };
    this.#underWay.remove(row);
    if (!this.#stopped) this.#request.ended(payment);
  }

  #finishIfOver(): void {
    if (this.#stopped || this.#sending > 0 || this.#underWay.size > 0) return;
    this.stop();
    this.#done({
      senders: this.#demand.senders.length,
      ratePerS: this.#demand.ratePerS,
      payments: this.#payments,
      events: this.#model.time.events - this.#eventsBefore,
      searches: this.#searches,
      changes: this.#changes(),
      carried: this.#carried(),
      htlcsSettled: this.#htlcsSettled,
      htlcsFailed: this.#htlcsFailed,
      feesMsat: this.#feesMsat,
    });
  }

  #carried(): TrafficEnded['carried'] {
    return Array.from(this.#carriedHtlcs, (htlcs, channel) => ({ channel, htlcs, msat: this.#carriedMsat[channel]! })).filter(
      ({ htlcs }) => htlcs > 0,
    );
  }

  #changes(): TrafficEnded['changes'] {
    const changes = new Map<string, { paidMsat: number; earnedMsat: number; receivedMsat: number }>();
    for (let node = 0; node < this.#paidMsat.length; node++) {
      const [paidMsat, earnedMsat, receivedMsat] = [this.#paidMsat[node]!, this.#earnedMsat[node]!, this.#receivedMsat[node]!];
      if (paidMsat + earnedMsat + receivedMsat > 0) changes.set(this.#model.nameOf(node), { paidMsat, earnedMsat, receivedMsat });
    }
    return changes;
  }
}
