/** Whether a node's LND runs, stands still or is gone, and what that does to who asks it something meanwhile. */
import { LndError } from '../errors.ts';
import type { Settle } from './waits.ts';

/** As gRPC says it, and nodes/lnd after it: status 14, UNAVAILABLE. */
const UNAVAILABLE = 'gRPC 14';

export class Power {
  readonly #name: string;
  readonly #calls = new Set<Settle<never>>();
  #held: (() => void)[] = [];
  state: 'up' | 'paused' | 'down' = 'up';

  constructor(name: string) {
    this.#name = name;
  }

  /** Now, or once the process is scheduled again. What waits when the process dies is gone with it. */
  awake(run: () => void): void {
    if (this.state === 'paused') this.#held.push(run);
    else run();
  }

  /** Somebody waits for an answer, until the returned function is called. @throws LndError when nobody is there to answer */
  called(settle: Settle<never>): () => void {
    if (this.state === 'down') throw unavailable(this.#name);
    this.#calls.add(settle);
    return () => this.#calls.delete(settle);
  }

  pause(): void {
    if (this.state === 'up') this.state = 'paused';
  }

  resume(): void {
    if (this.state !== 'paused') return;
    this.state = 'up';
    const held = this.#held;
    this.#held = [];
    for (const run of held) run();
  }

  down(): void {
    this.state = 'down';
    this.#held = [];
    for (const settle of [...this.#calls]) settle.reject(unavailable(this.#name));
  }

  up(): void {
    this.state = 'up';
  }
}

function unavailable(name: string): LndError {
  return new LndError(UNAVAILABLE, `${name}: LND does not answer: its process is gone`, { hint: 'wait until it was started again' });
}
