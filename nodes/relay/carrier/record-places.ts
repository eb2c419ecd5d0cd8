/**
 * The two places at which LND asks a relay about HTLCs: before it passes one on, and before it settles one. Each holds up every payment
 * of the node, ours or not, so they are taken only while somebody's records come this way (circuit-opening.ts) and given back after.
 */
import type { AnswerExitHtlc, AnswerForward, Clock, Node } from '../../node.ts';
import { Alarm } from '../alarm.ts';

/** Sessions and single messages follow one another: the places are kept so long after the last that wanted them. */
const LINGER_MS = 20_000;

export interface RecordPlacesOptions {
  readonly node: Node;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly answers: { readonly forward: AnswerForward; readonly exit: AnswerExitHtlc };
}

export class RecordPlaces {
  readonly #options: RecordPlacesOptions;
  readonly #linger: Alarm;
  #wanted = 0;
  #standing: { readonly asked: Promise<void>; readonly over: AbortController } | undefined;

  constructor(options: RecordPlacesOptions) {
    this.#options = options;
    this.#linger = new Alarm(options.clock, () => this.#giveUp());
  }

  /** Resolves once LND asks, with what gives the places back, to be called once. @throws LndError: another program is asked already */
  async take(): Promise<() => void> {
    this.#linger.clear();
    this.#wanted += 1;
    this.#standing ??= this.#ask();
    const { asked } = this.#standing;
    try {
      await asked;
    } catch (error) {
      this.#wanted -= 1;
      if (this.#standing?.asked === asked) this.#giveUp();
      throw error;
    }
    return () => this.#release();
  }

  #release(): void {
    this.#wanted -= 1;
    if (this.#wanted === 0) this.#linger.set(this.#options.clock.now() + LINGER_MS);
  }

  #ask(): { readonly asked: Promise<void>; readonly over: AbortController } {
    const { node, signal, answers } = this.#options;
    const over = new AbortController();
    const until = { signal: AbortSignal.any([signal, over.signal]) };
    const asked = Promise.all([node.interceptForwards(answers.forward, until), node.modifyExitHtlcs(answers.exit, until)]);
    return { asked: asked.then(() => {}), over };
  }

  #giveUp(): void {
    this.#standing?.over.abort();
    this.#standing = undefined;
  }
}
