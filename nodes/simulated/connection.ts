/** The BOLT 8 connection of two peers: up or down. What is on the way when it drops is gone; links send theirs again after a reconnect. */
import type { SimulatedLnd } from './lnd.ts';

export class Connection {
  readonly ends: readonly [SimulatedLnd, SimulatedLnd];
  up = false;
  /** Grows with every drop, so that what was on the way knows that it is lost. */
  epoch = 0;
  readonly #changed: ((up: boolean) => void)[] = [];

  constructor(a: SimulatedLnd, b: SimulatedLnd) {
    this.ends = [a, b];
  }

  /** Links listen. */
  onChange(changed: (up: boolean) => void): void {
    this.#changed.push(changed);
  }

  far(near: SimulatedLnd): SimulatedLnd {
    return near === this.ends[0] ? this.ends[1] : this.ends[0];
  }

  drop(): void {
    if (!this.up) return;
    this.up = false;
    this.epoch += 1;
    for (const changed of this.#changed) changed(false);
  }

  restore(): void {
    if (this.up) return;
    this.up = true;
    for (const changed of this.#changed) changed(true);
  }
}
