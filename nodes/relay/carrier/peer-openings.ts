/** Circuits that begin: those that we open, and those whose opening reaches us and goes on to the next peer, or ends here. */
import { DeadlineError, PeerError } from '../../errors.ts';
import { withDeadline } from '../deadline.ts';
import { FrameError } from '../wire/bytes.ts';
import type { CircuitOptions } from './carrier.ts';
import { makeOpening, type Peeled, readOpening } from './circuit-opening.ts';
import { OpenGate } from './open-gate.ts';
import { PeerCircuit } from './peer-circuit.ts';
import type { PeerLeg } from './peer-leg.ts';
import type { PeerLegs } from './peer-legs.ts';
import type { PeerMessageOptions } from './peer-message.ts';

const OPEN_DEADLINE_MS = 20_000;
/** Whoever opens many circuits at once waits its turn here rather than be refused. */
const TURN_MS_MAX = 60_000;

export class PeerOpenings {
  readonly #options: PeerMessageOptions;
  readonly #legs: PeerLegs;
  readonly #gate: OpenGate;

  constructor(options: PeerMessageOptions, legs: PeerLegs) {
    this.#options = options;
    this.#legs = legs;
    this.#gate = new OpenGate(options.clock);
  }

  /** @throws PeerError, DeadlineError */
  async open(path: readonly string[], { signal, account = {}, records = false }: CircuitOptions): Promise<PeerCircuit> {
    const { clock, random, passages } = this.#options;
    const [first, to] = [path[0] as string, path.at(-1) as string];
    if (!(await this.#gate.pass(first, signal, TURN_MS_MAX)))
      throw new PeerError(`circuits through ${first.slice(0, 12)}… are being opened for the next ${TURN_MS_MAX / 1000} s already`);
    const { packet, keys, proof } = makeOpening(path, random.bytes(32), records);
    const leg = this.#legs.toward(first);
    const circuit: PeerCircuit = new PeerCircuit({
      leg,
      to,
      path,
      outward: keys.map(({ forward }) => forward),
      inward: keys.map(({ back }) => back),
      proof,
      tolls: passages?.payer(
        keys.slice(0, -1).map(({ toll }, index) => ({ publicKey: path[index] as string, secret: toll })),
        () => circuit.carriedBytes,
        account,
      ),
      drop: () => this.#legs.finish(leg),
    });
    this.#legs.put({ leg, other: circuit });
    leg.say({ kind: 'open', id: leg.id, packet }, (cause) => this.#legs.drop(leg, new PeerError('the first peer is not there', { cause })));
    try {
      const late = () =>
        new DeadlineError(`no circuit to ${to.slice(0, 12)}… within ${OPEN_DEADLINE_MS / 1000} s`, {
          hint: 'over peer messages a relay must run beside every node on the way',
        });
      await withDeadline({ clock, ms: OPEN_DEADLINE_MS, signal, late }, circuit.opened);
      return circuit;
    } catch (error) {
      circuit.close();
      throw error;
    }
  }

  /** An opening that came from a peer. */
  take(from: string, id: number, packet: Buffer): void {
    if (!this.#legs.free(from, id) || !this.#gate.admit(from, id, packet)) {
      this.#legs.refuse(from, id);
      return;
    }
    this.#read(from, id, packet).catch((error: Error) => {
      this.#gate.withdraw(from, id);
      this.#legs.refuse(from, id);
      const why = error instanceof FrameError ? error.message : `the node did not answer: ${error.message}`;
      this.#options.log(`peer messages: an opening from ${from.slice(0, 12)}…: ${why}`);
    });
  }

  /** Its opener closed it before it was read. */
  withdraw(from: string, id: number): void {
    this.#gate.withdraw(from, id);
  }

  async #read(from: string, id: number, packet: Buffer): Promise<void> {
    const { node, signal, places } = this.#options;
    const peeled = await readOpening(packet, (publicKey) => node.ecdh(publicKey, { signal }));
    const giveBack = peeled.records ? await places?.take() : undefined;
    let leg: PeerLeg | undefined;
    try {
      if (!this.#gate.entered(from, id, packet)) return;
      if (!this.#legs.free(from, id)) throw new FrameError('no room is left');
      if (peeled.next === from || peeled.next === node.publicKey) throw new FrameError('a way that turns on itself');
      leg = this.#legs.from(from, id);
    } finally {
      if (leg === undefined) giveBack?.();
    }
    if (giveBack !== undefined) leg.onClosed(giveBack);
    if (peeled.next === null) this.#ends(leg, peeled);
    else await this.#goesOn(leg, peeled);
  }

  #ends(leg: PeerLeg, { keys, proof }: Extract<Peeled, { next: null }>): void {
    const circuit = new PeerCircuit({
      leg,
      to: leg.peer,
      path: null,
      outward: [keys.back],
      inward: [keys.forward],
      proof: null,
      drop: () => this.#legs.finish(leg),
    });
    this.#legs.put({ leg, other: circuit });
    leg.say({ kind: 'opened', id: leg.id, number: 0, message: circuit.answer(proof) });
  }

  async #goesOn(leg: PeerLeg, { keys, next, packet }: Extract<Peeled, { next: string }>): Promise<void> {
    const onward = this.#legs.toward(next);
    const passage = this.#options.passages?.open(keys.toll, {
      ask: (body) => leg.say({ kind: 'toll', id: leg.id, body }),
      drop: (reason) => this.#legs.drop(leg, reason),
    });
    this.#legs.put({ leg, other: onward, layer: keys.forward, passage });
    this.#legs.put({ leg: onward, other: leg, layer: keys.back, passage });
    const passes = await this.#gate.pass(next, this.#options.signal);
    if (!passes) this.#legs.drop(leg, new PeerError('too many circuits are being opened through the next peer'));
    else if (this.#legs.get(next, onward.id)?.leg === onward)
      onward.say({ kind: 'open', id: onward.id, packet }, (cause) =>
        this.#legs.drop(leg, new PeerError('the next peer is not there', { cause })),
      );
  }
}
