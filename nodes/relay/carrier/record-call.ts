/**
 * What makes the relays on the way pass records on: a circuit over peer messages that carries nothing and says "records come this way"
 * (circuit-opening.ts). They have LND ask them for as long as it stands. It is opened anew when it is lost, or when a payment over it
 * failed: a relay that was restarted has forgotten it.
 */
import type { Clock, Node, Waiting } from '../../node.ts';
import type { Carrier, Circuit } from './carrier.ts';

/** After a failed payment the relays are called again, this often at most. */
const RECALL_MS = 2_000;

export interface RecordCallOptions {
  /** Peer messages. */
  readonly peers: Carrier;
  readonly node: Node;
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
  /** On the way that failed last: the next call goes round them where it can. */
  #failed: ReadonlySet<string> = new Set();

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
    this.#failed = new Set(this.#circuit.path?.slice(0, -1));
    this.#circuit.close();
    this.#circuit = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#circuit?.close();
    this.#circuit = undefined;
  }

  async #open(signal: AbortSignal): Promise<Circuit> {
    const { peers, node, clock } = this.#options;
    try {
      const round = { avoid: this.#failed, unpayable: await unpayable(node, { signal }) };
      const circuit = await peers.open(this.#to, { signal, records: true, round });
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

/** BOLT 2: one percent of a channel stays as reserve, and the opener's fee beside it. */
const KEPT_SHARE = 0.02;

/** Neighbours whose every channel with this node is drained on its side, or not active: payments over a way that begins with them fail. */
const unpayable = async (node: Node, waiting: Waiting): Promise<ReadonlySet<string>> => {
  const channels = await node.channels(waiting);
  const can = channels.filter(({ active, localBalanceSat, capacitySat }) => active && localBalanceSat > KEPT_SHARE * capacitySat);
  const payable = new Set(can.map(({ partner }) => partner));
  return new Set(channels.map(({ partner }) => partner).filter((partner) => !payable.has(partner)));
};
