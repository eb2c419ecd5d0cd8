/** Runs a scenario's events beside its workloads, each at its time, and remembers when each struck and what that did. */
import { InfrastructureError } from '../../nodes/errors.ts';
import type { Faults } from '../../nodes/faults.ts';
import type { EventRecord, TrafficRecord } from '../measure/report.ts';
import type { EventPlan, WorkloadKind } from '../scenario/plan.ts';
import type { WorkloadContext } from '../workload/workload.ts';
import { drain } from './drain.ts';
import { type Effect, effects } from './recovery.ts';
import { BIN_MS, Traffic } from './traffic.ts';

/** Lines of a report's table; a soak's thousands are in its metrics. */
const RECORDS_MAX = 10_000;
const POINTS_MAX = 2_000;

/** Workloads that say when their traffic begins; opening a session takes as long as the machine is busy. */
const METERED: readonly WorkloadKind[] = ['tunnel', 'page', 'payment'];

interface Struck {
  readonly plan: EventPlan;
  readonly atMs: number;
  /** null: it has not been done yet. */
  tookMs: number | null;
}

/** Events that wait for their time, of one workload or of all of them. */
interface Waiting {
  readonly stop: AbortController;
  readonly running: readonly Promise<void>[];
  /** Those that have not struck once. */
  readonly early: Set<EventPlan>;
}

export class Timeline {
  readonly traffic: Traffic;
  readonly #events: readonly EventPlan[];
  readonly #context: WorkloadContext;
  readonly #faults: Faults | undefined;
  readonly #failed = new AbortController();
  readonly #struck: Struck[] = [];
  readonly #over: Waiting | undefined;

  /** @throws InfrastructureError when the network cannot do any of it */
  constructor(events: readonly EventPlan[], context: Omit<WorkloadContext, 'traffic'>) {
    const { clock, faults } = context.network;
    if (events.length > 0 && faults === undefined) throw new InfrastructureError(`the ${context.network.kind} network takes no events`);
    this.traffic = new Traffic(() => clock.now());
    this.#events = events;
    this.#context = { ...context, traffic: this.traffic };
    this.#faults = faults;
    this.#over = events.length > 0 ? this.#await(events.filter(({ workload }) => workload === null)) : undefined;
  }

  /** Aborted with what kept an event from being done. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  /** A workload, by its index, with the events that belong to it: their time counts from its first traffic, where it tells of that. */
  async during<T>(index: number, kind: WorkloadKind, work: () => Promise<T>): Promise<T> {
    const events = this.#events.filter(({ workload }) => workload === index);
    this.traffic.workload = index;
    const waiting = this.#await(events, METERED.includes(kind) && events.length > 0 ? this.traffic.next() : undefined);
    try {
      return await work();
    } finally {
      await this.#settle(waiting);
    }
  }

  /** After the last workload: what is left of the timeline comes to its end, and the network is whole again. */
  async end(): Promise<void> {
    if (this.#over === undefined) return;
    await this.#settle(this.#over);
    this.#failed.signal.throwIfAborted();
    await this.#faults!.mend({ signal: this.#context.signal });
  }

  /** Tells the recorder what events did; the report's part of it, or null where nothing was to happen. */
  record(): TrafficRecord | null {
    if (this.#events.length === 0) return null;
    const { bins, spans } = this.traffic;
    const found = effects(
      this.#struck.map(({ atMs }) => atMs),
      bins,
      spans,
    );
    const without: (readonly [name: string, effect: Effect | null])[] = [];
    const events = this.#struck.map(({ plan: { name }, atMs, tookMs }, index): EventRecord => {
      const effect = found[index] ?? null;
      if (effect !== null && effect.recoveryMs !== null) this.#context.record.sample('recovery_ms', { event: name }, effect.recoveryMs);
      else without.push([name, effect]);
      return { event: name, atMs, tookMs, ...(effect ?? { beforePerS: null, lowestPerS: null, recoveryMs: null }) };
    });
    for (const [name, why] of reasons(without)) this.#context.record.warn(`No recovery_ms of ${name}: ${why}.`);
    const unit = spans.some((span) => span.unit === 'B') ? 'B' : 'payments';
    return { unit, ...points(bins), events: events.slice(0, RECORDS_MAX) };
  }

  #await(events: readonly EventPlan[], from?: Promise<void>): Waiting {
    const stop = new AbortController();
    const early = new Set(events);
    const signal = AbortSignal.any([stop.signal, this.#context.signal]);
    return { stop, early, running: events.map((event) => this.#run(event, early, signal, from)) };
  }

  async #run(event: EventPlan, early: Set<EventPlan>, signal: AbortSignal, from: Promise<void> | undefined): Promise<void> {
    if (from !== undefined) await Promise.race([from, aborted(signal)]);
    const sleeps = async (ms: number) =>
      this.#faults!.pause(ms, { signal }).then(
        () => !signal.aborted,
        () => false,
      );
    for (let ms: number | null = event.atMs; ms !== null && (await sleeps(ms)); ms = event.everyMs) {
      early.delete(event);
      await this.#strike(event);
    }
  }

  /** Those whose time did not come: what brings something back is done all the same, what breaks something is not. */
  async #settle({ stop, running, early }: Waiting): Promise<void> {
    stop.abort();
    await Promise.all(running);
    for (const event of [...early].toSorted((one, other) => one.atMs - other.atMs)) {
      if (this.#context.signal.aborted || this.#failed.signal.aborted) return;
      if (restores(event)) await this.#strike(event);
      else this.#context.record.warn(`${event.at}: ${event.name} did not happen: its workload was over before.`);
    }
  }

  async #strike(plan: EventPlan): Promise<void> {
    const { network, progress, signal } = this.#context;
    const struck: Struck = { plan, atMs: this.traffic.ms, tookMs: null };
    this.#struck.push(struck);
    progress(`event: ${plan.name}`);
    try {
      if (plan.does.kind === 'drain') await drain(plan.does.from, plan.does.to, this.#context);
      else await this.#faults!.inflict(plan.does.fault, { signal });
      struck.tookMs = this.traffic.ms - struck.atMs;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const at = `${plan.at}: ${plan.name} could not be done on the ${network.kind} network`;
      this.#failed.abort(signal.aborted ? signal.reason : new InfrastructureError(`${at}: ${reason}`, { cause: error }));
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function restores({ does }: EventPlan): boolean {
  return does.kind === 'fault' && ['restart', 'resume', 'heal'].includes(does.fault.kind);
}

/** Why an event has no figure; once for each name, however often it struck. */
function reasons(without: readonly (readonly [name: string, effect: Effect | null])[]): ReadonlyMap<string, string> {
  const why = (effect: Effect | null): string =>
    effect === null ? 'nothing had moved for some seconds when it struck' : 'goodput was not back when the traffic ended';
  return new Map(without.map(([name, effect]) => [name, why(effect)]));
}

/** Units per second, bins joined until they are few enough to draw. */
function points(bins: readonly number[]): Pick<TrafficRecord, 'binMs' | 'perS'> {
  const join = Math.max(1, Math.ceil(bins.length / POINTS_MAX));
  const binMs = join * BIN_MS;
  const perS: number[] = [];
  for (let at = 0; at < bins.length; at += join) {
    const units = bins.slice(at, at + join).reduce((sum, more) => sum + more, 0);
    perS.push((units * 1_000) / binMs);
  }
  return { binMs, perS };
}
