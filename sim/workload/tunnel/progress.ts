/** How far a transfer is, for the one who watches; and the watch that ends it when it stands still. */
import { DeadlineError } from '../../../nodes/errors.ts';
import type { RelaySession } from '../../../nodes/node.ts';
import type { WorkloadContext } from '../workload.ts';

/** A session looks for another way for two minutes and then says so by name: past that nobody will. */
const STALL_MS = 150_000;
const LOOK_MS = 1_000;

export class Progress {
  readonly #what: string;
  readonly #total: number;
  readonly #session: RelaySession;
  readonly #context: WorkloadContext;
  #bytes = 0;

  constructor(what: string, total: number, session: RelaySession, context: WorkloadContext) {
    this.#what = what;
    this.#total = total;
    this.#session = session;
    this.#context = context;
  }

  moved(bytes: number): void {
    this.#bytes += bytes;
    this.#context.traffic?.moved(bytes);
    this.#context.moved(bytes);
  }

  /** Runs the work; its signal is aborted with a DeadlineError when nothing moved for STALL_MS. */
  async watched(signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const [done, stalled] = [new AbortController(), new AbortController()];
    const watching = this.#watch(done.signal, stalled);
    try {
      await work(AbortSignal.any([signal, stalled.signal]));
    } finally {
      done.abort();
      await watching;
    }
  }

  async #watch(done: AbortSignal, stalled: AbortController): Promise<void> {
    const { clock } = this.#context.network;
    let [seen, seenMs] = [-1, clock.now()];
    while (!done.aborted) {
      const sign = await this.#signOfLife(done);
      if (sign !== seen) [seen, seenMs] = [sign, clock.now()];
      const state = `${this.#bytes} of ${this.#total} B`;
      this.#context.progress(`${this.#what}: ${state}`);
      if (clock.now() - seenMs >= STALL_MS) {
        stalled.abort(new DeadlineError(`${this.#what}: nothing moved for ${STALL_MS / 1_000} s at ${state}`));
        return;
      }
      // Not passive: a stream that stands still asks nothing of virtual time, which must pass all the same for this to be noticed.
      await clock.sleep(LOOK_MS, { signal: done }).catch(() => {});
    }
  }

  /** Bytes that went in here may wait in buffers long after: what the session heard from its far end counts too. */
  async #signOfLife(done: AbortSignal): Promise<number> {
    const heard = await this.#session.stats({ signal: done }).then(
      ({ unitsReceived }) => unitsReceived,
      () => 0, // a session that is gone fails the transfer itself
    );
    return this.#bytes + heard;
  }
}
