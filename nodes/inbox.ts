/** A bounded queue between what arrives when it likes and one reader: past the bound the newest is dropped and counted. */
export class Inbox<T> implements AsyncIterable<T> {
  readonly #items: T[] = [];
  readonly #limit: number;
  #head = 0;
  #wake: (() => void) | undefined;
  #ended = false;
  #failure: unknown;
  #onReturn: (() => void) | undefined;
  dropped = 0;

  /** @param limit items that wait at most; @param onReturn runs once, when the reader or the writer is done. */
  constructor(limit: number, onReturn?: () => void) {
    this.#limit = limit;
    this.#onReturn = onReturn;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** False when the item was dropped. */
  push(item: T): boolean {
    if (this.#ended) return false;
    if (this.length >= this.#limit) {
      this.dropped += 1;
      return false;
    }
    this.#items.push(item);
    this.#wakeReader();
    return true;
  }

  /** The reader gets what still waits, then the end, or the failure. */
  end(failure?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#wakeReader();
    this.#release();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    try {
      for (;;) {
        while (this.length > 0) yield this.#shift();
        if (this.#ended) break;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      if (this.#failure !== undefined) throw this.#failure;
    } finally {
      this.#ended = true;
      this.#release();
    }
  }

  #shift(): T {
    const item = this.#items[this.#head] as T;
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
    return item;
  }

  #wakeReader(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  #release(): void {
    const release = this.#onReturn;
    this.#onReturn = undefined;
    release?.();
  }
}
