/** Sends whatever may go now: lost frames and probes first, full packets while there is room, and what is short beside them. */
import type { Interactive } from './interactive.ts';
import type { Outbound } from './outbound.ts';
import { type Packing, SHORT_UNIT_BYTES } from './packing.ts';
import type { Way } from './way.ts';

export interface Sending {
  readonly outbound: Outbound;
  readonly packing: Packing;
  readonly way: Way;
  readonly interactive: Interactive;
  /** Something that asks for an answer. */
  ping(): void;
  /** False when sending ended the session. */
  alive(): boolean;
}

/** @returns when more may go, in ms of the clock; Infinity when nothing waits, or only for what is under way. */
export const sendDue = ({ outbound, packing, way, interactive, ping, alive }: Sending, nowMs: number): number => {
  let probe = outbound.tick(nowMs);
  let asked = false;
  // Datagrams are not sent anew, and what a probe repeats may have arrived by then: something must still ask for an answer.
  const ask = (): void => {
    asked = true;
    ping();
  };
  if (probe && !packing.pending) ask();
  while (alive() && packing.pending) {
    const { circuit } = way;
    const beside = interactive.active(nowMs);
    const unitBytes = outbound.unitBytes(beside);
    const readyAt = outbound.readyAt(unitBytes, nowMs, beside);
    const full = probe || readyAt <= nowMs;
    // What is short need not wait for the room of a full packet: a keystroke beside a download.
    const short = !full && outbound.readyAt(SHORT_UNIT_BYTES, nowMs) <= nowMs;
    const sent = (full || short) && packing.send(nowMs, full ? unitBytes : SHORT_UNIT_BYTES, circuit, short);
    if (!sent && probe && !asked) {
      ask();
      continue;
    }
    if (!sent) return readyAt > nowMs ? readyAt : Number.POSITIVE_INFINITY;
    probe = false;
  }
  return Number.POSITIVE_INFINITY;
};
