/**
 * Is somebody waiting for an answer beside the bulk? Pings are a sign, and more of a stream in a packet that is short all the same;
 * not a stream's first bytes, for those are how every download begins. While signs last, bulk makes room (congestion.ts, Beside):
 * shorter units, and no more under way than leaves the round trip near what it is when nothing else moves.
 */
import type { Frame } from '../wire/frames.ts';

/** Three keystrokes of who types fast. */
const LASTS_MS = 600;

export class Interactive {
  #untilMs = Number.NEGATIVE_INFINITY;

  sign(nowMs: number): void {
    this.#untilMs = nowMs + LASTS_MS;
  }

  active(nowMs: number): boolean {
    return nowMs < this.#untilMs;
  }
}

/** In a short packet: a few more bytes of a stream that goes on. */
export const keystroke = (frame: Frame): boolean => frame.kind === 'data' && frame.offset > 0 && frame.data.length > 0 && !frame.fin;
