/**
 * AsyncDisposableStack came with Node 24; an installed Leyden runs on 22 too. Imported for what it does, by whoever makes one:
 * where there is none, this is it, as ECMA's explicit resource management has it, in the parts that we use.
 */
class LateAsyncStack {
  #owned: (() => unknown)[] = [];
  #disposed = false;

  use<T extends AsyncDisposable | Disposable | null | undefined>(value: T): T {
    if (value === null || value === undefined) return value;
    const dispose = Symbol.asyncDispose in value ? value[Symbol.asyncDispose] : value[Symbol.dispose];
    this.defer(() => dispose.call(value));
    return value;
  }

  adopt<T>(value: T, onDispose: (value: T) => unknown): T {
    this.defer(() => onDispose(value));
    return value;
  }

  defer(onDispose: () => unknown): void {
    if (this.#disposed) throw new ReferenceError('this stack was disposed');
    this.#owned.push(onDispose);
  }

  /** All that is owned, in a new stack; this one owns nothing from now on. */
  move(): LateAsyncStack {
    if (this.#disposed) throw new ReferenceError('this stack was disposed');
    const next = new LateAsyncStack();
    next.#owned = this.#owned;
    this.#owned = [];
    this.#disposed = true;
    return next;
  }

  /** Last owned, first disposed. Each is tried; what several throw comes as one AggregateError, what one throws as it is. */
  async disposeAsync(): Promise<void> {
    this.#disposed = true;
    const errors: unknown[] = [];
    for (let dispose = this.#owned.pop(); dispose !== undefined; dispose = this.#owned.pop()) {
      try {
        await dispose();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, 'several things could not be disposed of');
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.disposeAsync();
  }
}

globalThis.AsyncDisposableStack ??= LateAsyncStack as unknown as typeof AsyncDisposableStack;
