/** Payments of traffic that have not ended, in columns: who to whom, how much, since when, how often it was tried. */
import { grown, Pool } from '../engine/pool.ts';

export class UnderWay {
  source = new Int32Array(0);
  destination = new Int32Array(0);
  attempts = new Uint16Array(0);
  amountMsat = new Float64Array(0);
  /** When it was meant to be sent: latency counts from there. */
  fromUs = new Float64Array(0);
  readonly #pool = new Pool((rows) => {
    this.source = grown(this.source, rows, Int32Array);
    this.destination = grown(this.destination, rows, Int32Array);
    this.attempts = grown(this.attempts, rows, Uint16Array);
    this.amountMsat = grown(this.amountMsat, rows, Float64Array);
    this.fromUs = grown(this.fromUs, rows, Float64Array);
  });

  get size(): number {
    return this.#pool.size;
  }

  add(source: number, destination: number, amountMsat: number, fromUs: number): number {
    const row = this.#pool.take();
    this.source[row] = source;
    this.destination[row] = destination;
    this.amountMsat[row] = amountMsat;
    this.fromUs[row] = fromUs;
    this.attempts[row] = 0;
    return row;
  }

  remove(row: number): void {
    this.#pool.give(row);
  }
}
