/**
 * The two places at which LND asks a relay about HTLCs: before it passes one on, and before it settles one. Each holds up every payment
 * of the node, ours or not, so they are taken only once somebody's records come this way (circuit-opening.ts). The first is given back
 * after; the second is kept until the relay ends: where a payment arrives in the very moment in which it is given back, LND 0.21 fails
 * the link to the peer, and the peer may close the channel over it (mended in lnd#11161).
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
  #forwards: { readonly asked: Promise<void>; readonly over: AbortController } | undefined;
  #exits: Promise<void> | undefined;

  constructor(options: RecordPlacesOptions) {
    this.#options = options;
    this.#linger = new Alarm(options.clock, () => this.#giveUp());
  }

  /** Resolves once LND asks, with what gives the places back, to be called once. @throws LndError: another program is asked already */
  async take(): Promise<() => void> {
    this.#linger.clear();
    this.#wanted += 1;
    this.#exits ??= this.#askExits();
    this.#forwards ??= this.#askForwards();
    const { asked } = this.#forwards;
    try {
      await Promise.all([asked, this.#exits]);
    } catch (error) {
      this.#wanted -= 1;
      if (this.#forwards?.asked === asked) this.#giveUp();
      throw error;
    }
    return () => this.#release();
  }

  #release(): void {
    this.#wanted -= 1;
    if (this.#wanted === 0) this.#linger.set(this.#options.clock.now() + LINGER_MS);
  }

  #askForwards(): { readonly asked: Promise<void>; readonly over: AbortController } {
    const { node, signal, answers } = this.#options;
    const over = new AbortController();
    return { asked: node.interceptForwards(answers.forward, { signal: AbortSignal.any([signal, over.signal]) }), over };
  }

  async #askExits(): Promise<void> {
    const { node, signal, answers } = this.#options;
    try {
      await node.modifyExitHtlcs(answers.exit, { signal });
    } catch (error) {
      this.#exits = undefined;
      throw error;
    }
  }

  #giveUp(): void {
    this.#forwards?.over.abort();
    this.#forwards = undefined;
  }
}
