/** What is due, in a total order: time in integer µs, then the order in which it was asked for. A binary heap. */
export interface DueEvent {
  readonly atUs: number;
  readonly sequence: number;
  /** null: taken back. */
  run: (() => void) | null;
}

/** Taken-back events are swept out once they are this many and half of all. */
const SWEEP_MIN = 1_024;

export class EventHeap {
  #events: DueEvent[] = [];
  #cancelled = 0;

  get size(): number {
    return this.#events.length - this.#cancelled;
  }

  push(event: DueEvent): void {
    this.#events.push(event);
    this.#up(this.#events.length - 1);
  }

  cancel(event: DueEvent): void {
    if (event.run === null) return;
    event.run = null;
    this.#cancelled += 1;
    if (this.#cancelled > SWEEP_MIN && this.#cancelled * 2 > this.#events.length) this.#sweep();
  }

  /** The earliest event that was not taken back. */
  peek(): DueEvent | undefined {
    while (this.#events[0]?.run === null) {
      this.#removeFirst();
      this.#cancelled -= 1;
    }
    return this.#events[0];
  }

  pop(): DueEvent | undefined {
    const first = this.peek();
    if (first !== undefined) this.#removeFirst();
    return first;
  }

  #removeFirst(): void {
    const last = this.#events.pop()!;
    if (this.#events.length === 0) return;
    this.#events[0] = last;
    this.#down(0);
  }

  #sweep(): void {
    this.#events = this.#events.filter((event) => event.run !== null);
    this.#cancelled = 0;
    for (let index = (this.#events.length >> 1) - 1; index >= 0; index--) this.#down(index);
  }

  #up(start: number): void {
    const events = this.#events;
    const event = events[start]!;
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(event, events[parent]!)) break;
      events[index] = events[parent]!;
      index = parent;
    }
    events[index] = event;
  }

  #down(start: number): void {
    const events = this.#events;
    const event = events[start]!;
    let index = start;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= events.length) break;
      if (child + 1 < events.length && before(events[child + 1]!, events[child]!)) child += 1;
      if (!before(events[child]!, event)) break;
      events[index] = events[child]!;
      index = child;
    }
    events[index] = event;
  }
}

function before(a: DueEvent, b: DueEvent): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.sequence < b.sequence);
}
