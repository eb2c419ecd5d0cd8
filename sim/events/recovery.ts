/** What an event did to goodput, and how long it took until that was back. A function of the traffic alone. */
import { BIN_MS, type Span } from './traffic.ts';

/** Goodput before an event is that of so long before it. */
const BEFORE_MS = 5_000;
/** A rate is over so long: the slowest carriers move a unit or two in it. */
const WINDOW_MS = 2_000;
/** What falls below this share of what was before counts as disturbed, and as recovered from there up. */
const SHARE = 0.5;
/** A disturbance that begins later is another's doing. */
const STRIKES_WITHIN_MS = 10_000;

export interface Effect {
  /** Units per second before it, and in the worst window after it. */
  readonly beforePerS: number;
  readonly lowestPerS: number;
  /** null: it was not back when the traffic ended. 0: never below half. Where a transfer was lost or none was under way: until bytes of one that arrived whole. */
  readonly recoveryMs: number | null;
}

/**
 * Per event, in the order given, which is that of time; null where nothing had moved for BEFORE_MS when it struck. One that strikes while another is not
 * recovered from is measured against what was before that other.
 */
export function effects(eventsMs: readonly number[], bins: readonly number[], spans: readonly Span[]): (Effect | null)[] {
  let open: { readonly span: Span; readonly untilMs: number; readonly beforePerS: number } | null = null;
  return eventsMs.map((atMs, index) => {
    const span = spans.find(({ fromMs, toMs }) => fromMs <= atMs && (toMs === null || atMs < toMs));
    if (span === undefined) return between(atMs, bins, spans);
    const inherited: number | null = open !== null && open.span === span && atMs < open.untilMs ? open.beforePerS : null;
    const beforePerS = inherited ?? before(atMs, span, bins);
    if (beforePerS === 0) return between(atMs, bins, spans);
    const within = effectOf(atMs, eventsMs[index + 1] ?? Number.POSITIVE_INFINITY, beforePerS, span, bins);
    const effect = within.recoveryMs === null ? { ...within, recoveryMs: againAfter(atMs, bins, spans) } : within;
    const untilMs = effect.recoveryMs === null ? Number.POSITIVE_INFINITY : atMs + effect.recoveryMs;
    if (open === null || open.span !== span || untilMs > open.untilMs) open = { span, untilMs, beforePerS };
    return effect;
  });
}

/** It struck between two transfers of one workload. */
function between(atMs: number, bins: readonly number[], spans: readonly Span[]): Effect | null {
  const last = Math.floor(atMs / BIN_MS);
  const beforePerS = last === 0 ? 0 : perS(bins, Math.max(0, last - BEFORE_MS / BIN_MS), last);
  const recoveryMs = againAfter(atMs, bins, spans);
  return beforePerS === 0 || recoveryMs === null ? null : { beforePerS, lowestPerS: 0, recoveryMs };
}

/** Until the first bytes of the next transfer that arrived whole, of the workload that it struck; null: there was none. */
function againAfter(atMs: number, bins: readonly number[], spans: readonly Span[]): number | null {
  const struck = spans.findLast(({ fromMs }) => fromMs <= atMs);
  const next = spans.find(({ whole, toMs, workload }) => whole && toMs !== null && toMs > atMs && workload === struck?.workload);
  if (next === undefined) return null;
  const first = Math.max(Math.floor(atMs / BIN_MS) + 1, Math.floor(next.fromMs / BIN_MS));
  return Math.max(0, backAt(bins, first, Math.ceil((next.toMs as number) / BIN_MS)) - atMs);
}

function before(atMs: number, { fromMs }: Span, bins: readonly number[]): number {
  const first = Math.max(Math.floor(fromMs / BIN_MS), Math.floor((atMs - BEFORE_MS) / BIN_MS));
  // The bin in which it struck is half another's.
  const last = Math.max(first + 1, Math.floor(atMs / BIN_MS));
  return perS(bins, first, last);
}

/** A disturbance that only shows after `nextMs` is the next event's. */
function effectOf(atMs: number, nextMs: number, beforePerS: number, span: Span, bins: readonly number[]): Effect {
  const width = WINDOW_MS / BIN_MS;
  const end = Math.ceil((span.toMs ?? bins.length * BIN_MS) / BIN_MS);
  const first = Math.floor(atMs / BIN_MS) + 1;
  const next = Math.max(first + 1, Math.min(end, Math.floor(nextMs / BIN_MS)));
  let lowestPerS = beforePerS;
  let dipped = false;
  for (let bin = first; bin < end; bin++) {
    // At the end of a transfer a window is as short as what is left; a rate of what is hardly there says nothing.
    const to = Math.min(bin + width, end);
    if (to - bin < width && !dipped) break;
    if (!dipped && (bin >= next || (bin - first) * BIN_MS > STRIKES_WITHIN_MS)) break;
    const rate = dipped ? perS(bins, bin, to) : Math.max(perS(bins, bin, to), perS(bins, bin, Math.min(to, next)));
    lowestPerS = Math.min(lowestPerS, rate);
    if (rate < SHARE * beforePerS) dipped = true;
    else if (dipped) return { beforePerS, lowestPerS, recoveryMs: backAt(bins, bin, to) - atMs };
  }
  // What arrived whole had nothing left to recover for.
  const over = dipped && span.whole && span.toMs !== null ? span.toMs - atMs : null;
  return { beforePerS, lowestPerS, recoveryMs: dipped ? over : 0 };
}

/** The window may open with some of the pause: from its first bin with anything in it. */
function backAt(bins: readonly number[], from: number, to: number): number {
  for (let bin = from; bin < to; bin++) if ((bins[bin] ?? 0) > 0) return bin * BIN_MS;
  return to * BIN_MS;
}

function perS(bins: readonly number[], from: number, to: number): number {
  let units = 0;
  for (let bin = from; bin < to; bin++) units += bins[bin] ?? 0;
  return (units * 1_000) / ((to - from) * BIN_MS);
}
