/** What comes in from peers, handed to the circuit it belongs to: passed on with a layer off or on, or taken by the end that is here. */
import { PeerError } from '../../errors.ts';
import { FrameError } from '../wire/bytes.ts';
import type { CircuitOptions } from './carrier.ts';
import { layered } from './circuit-layers.ts';
import { HeldBytes } from './held-bytes.ts';
import type { PeerCircuit } from './peer-circuit.ts';
import { decodePeerFrame, LAYERED_HEADER_BYTES, type Layered, type PeerFrame } from './peer-frame.ts';
import { PeerLegs } from './peer-legs.ts';
import type { PeerMessageOptions } from './peer-message.ts';
import { PeerOpenings } from './peer-openings.ts';
import type { Onward, Side } from './peer-table.ts';

export class PeerCircuits {
  readonly #options: PeerMessageOptions;
  readonly #legs: PeerLegs;
  readonly #openings: PeerOpenings;
  readonly #held = new HeldBytes();

  constructor(options: PeerMessageOptions) {
    this.#options = options;
    this.#legs = new PeerLegs(options);
    this.#openings = new PeerOpenings(options, this.#legs);
  }

  /** @throws PeerError, DeadlineError */
  open(path: readonly string[], options: CircuitOptions): Promise<PeerCircuit> {
    return this.#openings.open(path, options);
  }

  receive(from: string, data: Uint8Array): void {
    try {
      this.#take(from, decodePeerFrame(data));
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#options.log(`peer messages: from ${from.slice(0, 12)}…: ${error.message}`);
    }
  }

  #take(from: string, frame: PeerFrame): void {
    const side = this.#legs.get(from, frame.id);
    if (frame.kind === 'open') this.#openings.take(from, frame.id, frame.packet);
    else if (side !== undefined) this.#frame(side, frame);
    else if (frame.kind === 'close') this.#openings.withdraw(from, frame.id);
    else this.#legs.refuse(from, frame.id);
  }

  #frame(side: Side, frame: Exclude<PeerFrame, { kind: 'open' }>): void {
    switch (frame.kind) {
      case 'opened':
        this.#opened(side, frame);
        break;
      case 'close':
        this.#legs.closing(side.leg, frame.bytes);
        break;
      case 'credit':
        side.leg.credited(frame.bytes);
        break;
      case 'stalled':
        side.leg.stalled(frame.bytes);
        break;
      case 'toll':
        this.#toll(side, frame.body);
        break;
      case 'data':
        this.#carry(side, frame);
    }
  }

  #opened(side: Side, { number, message }: Layered): void {
    if ('layer' in side) side.other.say({ kind: 'opened', id: side.other.id, number, message: layered([side.layer], number, message) });
    else if (!side.other.accepted && !side.other.confirm(message))
      this.#legs.drop(side.leg, new PeerError("a relay on the way answered in the far end's place"));
  }

  #toll(side: Side, body: Buffer): void {
    if ('layer' in side) side.other.say({ kind: 'toll', id: side.other.id, body });
    else side.other.toll(body);
  }

  #carry(side: Side, { number, message }: Layered): void {
    const { leg } = side;
    const bytes = message.length - LAYERED_HEADER_BYTES;
    if (!leg.arrived(bytes)) this.#legs.drop(leg, new PeerError('a peer sent more than its credit'));
    else if ('layer' in side) this.#passOn(side, number, message, bytes);
    else {
      leg.passed(bytes);
      this.#options.sink(side.other.read(number, message), side.other, 'peer-message');
    }
  }

  #passOn({ leg, other, layer, passage }: Onward, number: number, message: Buffer, bytes: number): void {
    this.#held.add(leg, bytes);
    other.send({ number, message: layered([layer], number, message) }).then(
      () => {
        this.#held.release(leg, bytes);
        if (passage === undefined) leg.passed(bytes);
        else passage.carried(bytes, () => leg.passed(bytes));
      },
      (cause: Error) => {
        this.#held.release(leg, bytes);
        this.#legs.drop(leg, new PeerError('the next peer is gone', { cause }));
      },
    );
    const hungriest = this.#held.overfull();
    if (hungriest !== undefined) this.#legs.drop(hungriest, new PeerError('this relay holds as much as it may'));
  }
}
