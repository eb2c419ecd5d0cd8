/**
 * What makes the relays on the way pass records on: a circuit over peer messages that carries nothing and says "records come this way"
 * (circuit-opening.ts). They have LND ask them for as long as it stands. It is opened anew when it is lost, or when a payment over it
 * failed: a relay that was restarted has forgotten it.
 */
import type { Clock, Waiting } from '../../node.ts';
import type { Carrier, Circuit } from './carrier.ts';

/** After a failed payment the relays are called again, this often at most. */
const RECALL_MS = 2_000;

export interface RecordCallOptions {
  /** Peer messages. */
  readonly peers: Carrier;
  readonly clock: Clock;
  /** Whoever waits may give up; the call goes on until this is aborted. */
  readonly signal: AbortSignal;
}

export class RecordCall {
  readonly #to: string;
  readonly #options: RecordCallOptions;
  #circuit: Circuit | undefined;
  #opening: Promise<Circuit> | undefined;
  #calledMs: number;
  #closed = false;

  /** @throws NoRouteError, PeerError, DeadlineError */
  static async open(to: string, options: RecordCallOptions, waiting: Waiting): Promise<RecordCall> {
    const call = new RecordCall(to, options);
    await call.#open(waiting.signal ?? options.signal);
    return call;
  }

  private constructor(to: string, options: RecordCallOptions) {
    this.#to = to;
    this.#options = options;
    this.#calledMs = options.clock.now();
  }

  /** Public keys of the relays that listen, the far end last; called again first where they may have forgotten. @throws as `open` */
  async path(): Promise<readonly string[]> {
    if (this.#circuit === undefined) this.#opening ??= this.#open(this.#options.signal);
    const circuit = this.#circuit ?? (await this.#opening);
    return circuit?.path as readonly string[];
  }

  /** A payment failed: perhaps for want of a relay that listens. */
  doubt(): void {
    if (this.#circuit === undefined || this.#options.clock.now() - this.#calledMs < RECALL_MS) return;
    this.#circuit.close();
    this.#circuit = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#circuit?.close();
    this.#circuit = undefined;
  }

  async #open(signal: AbortSignal): Promise<Circuit> {
    const { peers, clock } = this.#options;
    try {
      const circuit = await peers.open(this.#to, { signal, records: true });
      this.#calledMs = clock.now();
      if (this.#closed) circuit.close();
      else this.#circuit = circuit;
      circuit.onClosed(() => {
        if (this.#circuit === circuit) this.#circuit = undefined;
      });
      return circuit;
    } finally {
      this.#opening = undefined;
    }
  }
}
