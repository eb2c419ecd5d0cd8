/** What ends once, for one reason, and says so to whoever listens: before it ended or after. */
export class Ending {
  #reason: Error | undefined;
  #listeners: ((reason: Error) => void)[] = [];

  get ended(): boolean {
    return this.#reason !== undefined;
  }

  /** Only the first counts. */
  end(reason: Error): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    for (const listener of this.#listeners.splice(0)) listener(reason);
  }

  onEnd(listener: (reason: Error) => void): void {
    if (this.#reason !== undefined) listener(this.#reason);
    else this.#listeners.push(listener);
  }
}
