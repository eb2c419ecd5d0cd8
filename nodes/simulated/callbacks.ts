/** Functions that wait for their event, in slots that are used again, so that the queue holds numbers only. */

/** What takes a callback back: its slot, and how often that was used before. */
export type Due = number;

const SLOTS_MAX = 2 ** 26;

export class Callbacks {
  readonly #run: ((() => void) | null)[] = [];
  readonly #isAlarm: boolean[] = [];
  readonly #uses: number[] = [];
  readonly #free: number[] = [];
  /** Waiting alarms: callbacks that nothing depends on. */
  alarms = 0;

  add(run: () => void, isAlarm: boolean): Due {
    const slot = this.#free.pop() ?? this.#run.length;
    this.#run[slot] = run;
    this.#isAlarm[slot] = isAlarm;
    this.#uses[slot] = (this.#uses[slot] ?? 0) + 1;
    if (isAlarm) this.alarms += 1;
    return this.#uses[slot]! * SLOTS_MAX + slot;
  }

  slotOf(due: Due): number {
    return due % SLOTS_MAX;
  }

  /** Forgets the function; the slot is free once its event was dropped. False: it has run or was taken back before. */
  takeBack(due: Due): boolean {
    const slot = this.slotOf(due);
    if (this.#uses[slot] !== Math.floor(due / SLOTS_MAX) || this.#run[slot] === null) return false;
    if (this.#isAlarm[slot]) this.alarms -= 1;
    this.#run[slot] = null;
    return true;
  }

  /** Its event is due: the function, whose slot is free from here on. */
  take(slot: number): () => void {
    const run = this.#run[slot]!;
    if (this.#isAlarm[slot]) this.alarms -= 1;
    this.#run[slot] = null;
    this.#free.push(slot);
    return run;
  }

  /** The event of one that was taken back is gone. */
  release(slot: number): void {
    this.#free.push(slot);
  }
}
