/**
 * Everything that leaves for one peer: several messages at a time, since LND answers each call only once it is on the wire. Short
 * ones go first (acknowledgements, credit, a keystroke); long ones take turns by circuit.
 */
import { PEER_MESSAGE_TYPE } from './peer-frame.ts';

/** Calls to LND that wait for their answer: more of them carry no more (LND 0.21.3). */
const SENDS_IN_FLIGHT_MAX = 6;
/** What is short waits for none of the long ones. */
const SHORT_IN_FLIGHT_MORE = 4;
const SHORT_BYTES_MAX = 2_048;
/** Short ones that wait. What peers can make us say is bounded by their circuits; this is for the rest. */
const SHORT_QUEUE_MAX = 16_384;

export interface Letter {
  readonly data: Uint8Array;
  sent(): void;
  failed(error: Error): void;
}

/** One circuit's queue of long letters. */
export interface LetterSource {
  /** The next one that may go now. */
  next(): Letter | undefined;
}

export class PeerLink {
  readonly #send: (type: number, data: Uint8Array) => Promise<void>;
  readonly #short: Letter[] = [];
  readonly #ready = new Set<LetterSource>();
  #inFlight = 0;

  constructor(send: (type: number, data: Uint8Array) => Promise<void>) {
    this.#send = send;
  }

  static short(bytes: number): boolean {
    return bytes <= SHORT_BYTES_MAX;
  }

  /** Ahead of everything long. */
  post(letter: Letter): void {
    if (this.#short.length >= SHORT_QUEUE_MAX) {
      letter.failed(new Error(`${SHORT_QUEUE_MAX} messages wait for this peer already`));
      return;
    }
    this.#short.push(letter);
    this.#pump();
  }

  /** This circuit may have something to send. */
  ready(source: LetterSource): void {
    this.#ready.add(source);
    this.#pump();
  }

  #pump(): void {
    while (this.#inFlight < SENDS_IN_FLIGHT_MAX + SHORT_IN_FLIGHT_MORE) {
      const letter = this.#short.shift() ?? (this.#inFlight < SENDS_IN_FLIGHT_MAX ? this.#nextLong() : undefined);
      if (letter === undefined) return;
      this.#inFlight += 1;
      void this.#deliver(letter);
    }
  }

  async #deliver(letter: Letter): Promise<void> {
    try {
      await this.#send(PEER_MESSAGE_TYPE, letter.data);
      letter.sent();
    } catch (error) {
      letter.failed(error as Error);
    } finally {
      this.#inFlight -= 1;
      this.#pump();
    }
  }

  #nextLong(): Letter | undefined {
    for (const source of this.#ready) {
      this.#ready.delete(source);
      const letter = source.next();
      if (letter === undefined) continue;
      this.#ready.add(source);
      return letter;
    }
    return undefined;
  }
}
