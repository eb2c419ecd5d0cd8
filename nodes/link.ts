/**
 * The link model, one for both networks: when do bytes that leave now arrive? The simulated network asks it in virtual time, the
 * proxy of the docker network in the machine's. One object a direction; time and chance are handed in.
 */
import type { LinkPlan } from './plan.ts';
import { Stalls } from './stalls.ts';

const US_PER_MS = 1_000;
const US_PER_S = 1_000_000;

/** Where a direction draws from: a generator for each thing that chance decides, so that neither shifts the other. */
export interface LinkChance {
  readonly jitter: () => number;
  readonly stalls: () => number;
}

export class LinkDirection {
  readonly #chance: LinkChance;
  #link: LinkPlan;
  #stalls: Stalls | null;
  /** When the last bit of what was offered has left. A bucket that saves nothing: bits leave one after the other, as onto a wire. */
  #freeAtUs = 0;
  #arrivedUs = 0;

  constructor(link: LinkPlan, chance: LinkChance, nowUs: number) {
    this.#chance = chance;
    this.#link = link;
    this.#stalls = stallsOf(link, chance, nowUs);
  }

  get link(): LinkPlan {
    return this.#link;
  }

  /** What is on its way keeps its time; stalls are drawn anew from now on. */
  change(link: LinkPlan, nowUs: number): void {
    this.#link = link;
    this.#stalls = stallsOf(link, this.#chance, nowUs);
  }

  /** The connection was lost, and with it what was on its way. */
  forget(): void {
    this.#freeAtUs = 0;
    this.#arrivedUs = 0;
  }

  /**
   * When the last of `bytes` that leave at `nowUs` (never before an earlier call's) is there: whole µs, never before what left earlier.
   * The rate is a token bucket of no depth, with debt: a message waits for those before it and for itself.
   */
  arrivesAtUs(nowUs: number, bytes: number): number {
    const { delayMs, jitterMs, rateBytesPerS } = this.#link;
    const onWireUs = rateBytesPerS === null ? 0 : (bytes * US_PER_S) / rateBytesPerS;
    const startUs = Math.max(nowUs, this.#freeAtUs);
    this.#freeAtUs = this.#stalls === null ? startUs + onWireUs : this.#stalls.endOfWork(startUs, onWireUs);
    const strayUs = jitterMs === 0 ? 0 : jitterMs * US_PER_MS * (2 * this.#chance.jitter() - 1);
    this.#arrivedUs = Math.max(this.#arrivedUs, Math.round(this.#freeAtUs + delayMs * US_PER_MS + strayUs));
    return this.#arrivedUs;
  }
}

const stallsOf = ({ stall }: LinkPlan, { stalls }: LinkChance, nowUs: number): Stalls | null =>
  stall === null ? null : new Stalls(stall.everyMs * US_PER_MS, stall.forMs * US_PER_MS, stalls, nowUs);

/** Whether it leaves bytes as they are. */
export const isClean = ({ delayMs, jitterMs, rateBytesPerS, stall }: LinkPlan): boolean =>
  delayMs === 0 && jitterMs === 0 && rateBytesPerS === null && stall === null;
