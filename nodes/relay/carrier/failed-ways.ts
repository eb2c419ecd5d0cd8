/** Who stood on a way over which no circuit opened: whoever tries again goes round them, where there is another way. */
const DESTINATIONS_MAX = 256;

export class FailedWays {
  readonly #failed = new Map<string, ReadonlySet<string>>();

  /** Public keys to go round on the way to this one. */
  of(to: string): ReadonlySet<string> {
    return this.#failed.get(to) ?? new Set();
  }

  /** `path`: after this node, the far end last. The graph may know all of it long after it is gone. */
  note(to: string, path: readonly string[]): void {
    this.#failed.delete(to);
    this.#failed.set(to, new Set(path.slice(0, -1)));
    const oldest = this.#failed.keys().next().value;
    if (this.#failed.size > DESTINATIONS_MAX && oldest !== undefined) this.#failed.delete(oldest);
  }

  forget(to: string): void {
    this.#failed.delete(to);
  }
}
