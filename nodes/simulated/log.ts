/** The last lines that a process of the model would have written; older ones are dropped and counted. */
import { Fifo } from './fifo.ts';

const LINES_MAX = 10_000;

export class Log {
  readonly #lines = new Fifo<string>();
  #dropped = 0;

  add(atUs: number, line: string): void {
    this.#lines.push(`${(atUs / 1e6).toFixed(6)} ${line}`);
    if (this.#lines.length <= LINES_MAX) return;
    this.#lines.shift();
    this.#dropped += 1;
  }

  text(): string {
    const head = this.#dropped > 0 ? [`(${this.#dropped} earlier lines dropped)`] : [];
    return [...head, ...this.#lines, ''].join('\n');
  }
}
