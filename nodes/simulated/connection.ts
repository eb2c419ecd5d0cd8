/**
 * The BOLT 8 connection of two peers: up or down, over a link that takes its time. What is on the way when it drops is gone; links
 * send theirs again after a reconnect.
 */
import { LinkDirection } from '../link.ts';
import type { LinkPlan } from '../plan.ts';
import type { SimulatedLnd } from './lnd.ts';

/** BOLT 8: an encrypted length of 2 B and two MACs of 16 B, around every message; BOLT 1: its type. */
const FRAME_BYTES = 36;

export class Connection {
  readonly ends: readonly [SimulatedLnd, SimulatedLnd];
  up = false;
  /** Grows with every drop, so that what was on the way knows that it is lost. */
  epoch = 0;
  /** Nothing passes, and nobody is told. */
  severed = false;
  #held: (() => void)[] = [];
  readonly #changed: ((up: boolean) => void)[] = [];
  /** By the end that sends; null: the host's own wire and no more. */
  #directions: readonly [LinkDirection, LinkDirection] | null = null;

  constructor(a: SimulatedLnd, b: SimulatedLnd) {
    this.ends = [a, b];
  }

  /** Links listen. */
  onChange(changed: (up: boolean) => void): void {
    this.#changed.push(changed);
  }

  /** What came over the wire is taken in: at once, or when the wire is whole and both processes run; never once the connection is lost. */
  deliver(arrived: () => void): void {
    const { epoch } = this;
    const take = (): void => {
      if (this.epoch !== epoch) return;
      const still = this.ends.find(({ power }) => power.state === 'paused');
      if (this.severed) this.#held.push(take);
      else if (still !== undefined) still.power.awake(take);
      else arrived();
    };
    take();
  }

  sever(): void {
    this.severed = true;
  }

  /** What was held goes on, if the connection outlived it. */
  join(): void {
    this.severed = false;
    const held = this.#held;
    this.#held = [];
    for (const take of held) take();
  }

  far(near: SimulatedLnd): SimulatedLnd {
    return near === this.ends[0] ? this.ends[1] : this.ends[0];
  }

  /** From now on bytes cross over such a link. Each direction draws from generators of its own. */
  setLink(link: LinkPlan): void {
    const { time, world } = this.ends[0];
    if (this.#directions !== null) {
      for (const direction of this.#directions) direction.change(link, time.nowUs);
      return;
    }
    const direction = (from: SimulatedLnd): LinkDirection => {
      const random = world.random.split(`link ${from.name} ${this.far(from).name}`);
      const [jitter, stalls] = [random.split('jitter'), random.split('stalls')];
      return new LinkDirection(link, { jitter: () => jitter.float(), stalls: () => stalls.float() }, time.nowUs);
    };
    this.#directions = [direction(this.ends[0]), direction(this.ends[1])];
  }

  /** How long until a message of `bytes` that `from` sends now is there. It counts as sent: the rate is spent. */
  travelUs(from: SimulatedLnd, bytes: number): number {
    const { time, costs } = from;
    if (this.#directions === null) return costs.wireUs;
    const direction = this.#directions[from === this.ends[0] ? 0 : 1];
    return costs.wireUs + direction.arrivesAtUs(time.nowUs, bytes + FRAME_BYTES) - time.nowUs;
  }

  /** Until channels are active again: TCP's handshake, the first two acts of BOLT 8's, `init` with channel_reestablish, each there and back. */
  get handshakeUs(): number {
    const [direction] = this.#directions ?? [];
    return direction === undefined ? 0 : HANDSHAKE_CROSSINGS * direction.link.delayMs * US_PER_MS;
  }

  drop(): void {
    if (!this.up) return;
    this.up = false;
    this.epoch += 1;
    for (const direction of this.#directions ?? []) direction.forget();
    for (const changed of this.#changed) changed(false);
  }

  restore(): void {
    if (this.up) return;
    this.up = true;
    for (const changed of this.#changed) changed(true);
  }
}

const HANDSHAKE_CROSSINGS = 6;
const US_PER_MS = 1_000;
