/** A journal in memory: what a relay in virtual time is given, and tests. It outlives the relay, not the process. */
import type { Journal, JournalChange } from './node.ts';

export class MemoryJournal implements Journal {
  readonly #records: Map<string, string>;

  constructor(records: Iterable<readonly [string, string]> = []) {
    this.#records = new Map(records);
  }

  read(prefix: string): (readonly [string, string])[] {
    return [...this.#records].filter(([key]) => key.startsWith(prefix)).sort(([one], [other]) => (one < other ? -1 : 1));
  }

  async write(changes: readonly JournalChange[]): Promise<void> {
    for (const { key, value } of changes) {
      if (value === null) this.#records.delete(key);
      else this.#records.set(key, value);
    }
  }
}
