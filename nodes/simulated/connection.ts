/**
 * The BOLT 8 connection of two peers: up or down, over a link that takes its time. What is on the way when it drops is gone; links
 * send theirs again after a reconnect.
 */
import { LinkDirection } from '../link.ts';
import type { LinkPlan } from '../plan.ts';
import { Callbacks } from './callbacks.ts';
import { MESSAGE } from './engine/links.ts';
import type { Wires } from './engine/wires.ts';
import type { SimulatedLnd } from './lnd.ts';
import type { World } from './world.ts';

/** BOLT 8: an encrypted length of 2 B and two MACs of 16 B, around every message. */
const FRAME_BYTES = 34;
/** BOLT 1. */
const TYPE_BYTES = 2;
/** Until channels are active again: TCP's handshake, the first two acts of BOLT 8's, `init` with channel_reestablish, each there and back. */
const HANDSHAKE_CROSSINGS = 6;
const US_PER_MS = 1_000;

/** Functions that wait for a message to arrive, for all connections of a network. */
export class Calls {
  readonly #wires: Wires;
  readonly #waiting = new Callbacks();

  constructor(wires: Wires) {
    this.#wires = wires;
    wires.on(
      MESSAGE.call,
      (slot) => this.#waiting.take(slot)(),
      (slot) => this.#waiting.take(slot),
    );
  }

  send(wire: number, bytes: number, arrived: () => void): void {
    this.#wires.send(wire, bytes, MESSAGE.call, this.#waiting.slotOf(this.#waiting.add(arrived, false)));
  }
}

export class Connection {
  readonly number: number;
  readonly #world: World;
  readonly #nodes: readonly [number, number];
  readonly #changed: ((up: boolean) => void)[] = [];
  /** Nothing passes, and nobody is told. */
  severed = false;
  #holds = 0;
  /** By the end that sends; null: the host's own wire and no more. */
  #directions: readonly [LinkDirection, LinkDirection] | null = null;

  /** @param number of the connection, whose first wire leads from `a` to `b`. */
  constructor(world: World, number: number, a: number, b: number) {
    this.number = number;
    this.#world = world;
    this.#nodes = [a, b];
  }

  get ends(): readonly [SimulatedLnd, SimulatedLnd] {
    const [a, b] = this.#nodes;
    return [this.#world.lndAt(a), this.#world.lndAt(b)];
  }

  get #wires(): Wires {
    return this.#world.core.wires;
  }

  get up(): boolean {
    return this.#wires.isUp(this.number);
  }

  /** Grows with every drop, so that what waits for it knows that it is another. */
  get epoch(): number {
    return this.#wires.epoch(this.number);
  }

  /** Who depends on it listens. */
  onChange(changed: (up: boolean) => void): void {
    this.#changed.push(changed);
  }

  far(near: SimulatedLnd): SimulatedLnd {
    const [a, b] = this.#nodes;
    return this.#world.lndAt(near.index === a ? b : a);
  }

  /** A message that is no link's, of so many bytes without its type. `arrived` is not called when the connection drops before. */
  send(from: SimulatedLnd, bytes: number, arrived: () => void): void {
    this.#world.calls.send(2 * this.number + (from.index === this.#nodes[0] ? 0 : 1), bytes + TYPE_BYTES, arrived);
  }

  /** From now on bytes cross over such a link. Each direction draws from generators of its own. */
  setLink(link: LinkPlan): void {
    const { time, random } = this.#world;
    if (this.#directions !== null) {
      for (const direction of this.#directions) direction.change(link, time.nowUs);
      return;
    }
    const [a, b] = this.ends;
    const directionOf = (from: SimulatedLnd, to: SimulatedLnd): LinkDirection => {
      const own = random.split(`link ${from.name} ${to.name}`);
      const [jitter, stalls] = [own.split('jitter'), own.split('stalls')];
      return new LinkDirection(link, { jitter: () => jitter.float(), stalls: () => stalls.float() }, time.nowUs);
    };
    this.#directions = [directionOf(a, b), directionOf(b, a)];
    this.#directions.forEach((direction, back) => {
      const arrivesAtUs = (nowUs: number, bytes: number) => direction.arrivesAtUs(nowUs, bytes + FRAME_BYTES);
      this.#wires.setLink(2 * this.number + back, { arrivesAtUs });
    });
  }

  /** How much longer a reconnect takes over this link. */
  get handshakeUs(): number {
    const [direction] = this.#directions ?? [];
    return direction === undefined ? 0 : HANDSHAKE_CROSSINGS * direction.link.delayMs * US_PER_MS;
  }

  /** What arrives is not taken in until as many `release` came. */
  hold(): void {
    if (this.#holds++ === 0) this.#wires.hold(this.number);
  }

  release(): void {
    if (--this.#holds === 0) this.#wires.release(this.number);
  }

  sever(): void {
    if (!this.severed) this.hold();
    this.severed = true;
  }

  /** What was held goes on, if the connection outlived it. */
  join(): void {
    if (this.severed) this.release();
    this.severed = false;
  }

  drop(): void {
    if (!this.up) return;
    this.#wires.drop(this.number);
    for (const direction of this.#directions ?? []) direction.forget();
    for (const changed of this.#changed) changed(false);
  }

  restore(): void {
    if (this.up) return;
    this.#wires.restore(this.number);
    for (const changed of this.#changed) changed(true);
  }
}
