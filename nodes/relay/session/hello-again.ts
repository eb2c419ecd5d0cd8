/**
 * Does the exit still know a session? The client sends its hello again. An exit that knows it answers with the same welcome, from
 * memory; one whose relay was started anew makes another, which authenticates by the exit's key and proves that the session is gone.
 * No token has to be kept or guarded for it, nobody else can say so, and whoever guesses ids is told nothing.
 */
import { SessionError } from '../../errors.ts';
import type { Clock } from '../../node.ts';
import type { Circuit } from '../carrier/carrier.ts';
import { sealPacket } from '../wire/packet.ts';
import type { Handshaken } from './handshake.ts';
import { encoded } from './packing.ts';

/** Answers that are looked at each time it is asked: telling a false one takes arithmetic. */
const ANSWERS_MAX = 4;

export interface HelloAgainOptions extends Handshaken {
  readonly id: string;
  readonly clock: Clock;
  fail(error: SessionError): void;
}

export class HelloAgain {
  readonly #options: HelloAgainOptions;
  #circuit: Circuit | undefined;
  #answers = 0;

  constructor(options: HelloAgainOptions) {
    this.#options = options;
  }

  ask(circuit: Circuit): void {
    const { hello, clock } = this.#options;
    this.#circuit = circuit;
    this.#answers = ANSWERS_MAX;
    circuit.pace?.spend(hello.length, clock.now());
    circuit.send(hello).catch(() => {}); // it is asked again
  }

  async answered(body: Uint8Array): Promise<void> {
    if (this.#answers <= 0) return;
    this.#answers -= 1;
    const { forgotten, id, fail } = this.#options;
    const keys = await forgotten(body);
    if (keys === undefined) return;
    // The exit has begun a session that nobody wants.
    this.#circuit?.send(sealPacket(keys.send, id, 0, encoded({ kind: 'close', reason: 'forgotten' }))).catch(() => {});
    this.#answers = 0;
    fail(
      new SessionError('the exit no longer knows this session', {
        hint: 'its relay was started anew, or gave the session up: open another one',
      }),
    );
  }
}
