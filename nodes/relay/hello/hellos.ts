/**
 * Asking a relay what it is before any session: one unit each way. The question is Noise NK's first message with the asked node's key and
 * the way back inside, as a session's hello has it, the answer the second with the facts for a payload: nobody on the way reads or alters
 * it, and nothing of it is kept. Only over carriers that cost nothing, so that no stranger makes a relay pay for an answer.
 */
import { DeadlineError } from '../../errors.ts';
import type { RelayEnvironment } from '../../node.ts';
import type { CarrierKind } from '../../plan.ts';
import type { RelayHello, RelayHelloRequest } from '../../relay-hello.ts';
import { type Arrival, type Carrier, type Circuit, paysPerUnit } from '../carrier/carrier.ts';
import { chooseCarrier } from '../choose-carrier.ts';
import type { Seeker } from '../rendezvous/seek.ts';
import { circuitBack } from '../session/circuit-back.ts';
import { freshPair, nodeKeyPair, PROTOCOL_VERSION } from '../session/handshake.ts';
import { PROFILES } from '../session/profile.ts';
import { setOut } from '../session/return.ts';
import { SESSIONS_MAX } from '../session/sessions.ts';
import { TokenBucket } from '../token-bucket.ts';
import { Handshake } from '../wire/noise.ts';
import { UNIT, UNIT_ID_BYTES, type UnitHeader, unitHeader } from '../wire/unit.ts';
import { encodedWayBack, readWayBack } from '../wire/way-back.ts';
import { decodeFacts, encodeFacts, type Facts } from './facts.ts';

/** Answers per second on average and at once: each is an ECDH by the node. */
export const HELLO_RATE = { perS: 2, burst: 8 };
const ANSWERING_MAX = 4;
const ASKING_MAX = 16;
const DEADLINE_MS = 30_000;
/** The first wait for an answer in round trips; each further one is twice as long. */
const FIRST_WAIT_RTTS = 4;

interface Asking {
  came(arrival: Arrival): boolean;
  take(body: Uint8Array): void;
}

export interface HellosOptions {
  readonly environment: RelayEnvironment;
  readonly carriers: ReadonlyMap<CarrierKind, Carrier>;
  readonly seeker: Seeker;
}

export class Hellos {
  readonly #options: HellosOptions;
  readonly #asking = new Map<string, Asking>();
  readonly #rate: TokenBucket;
  #answering = 0;

  constructor(options: HellosOptions) {
    this.#options = options;
    this.#rate = new TokenBucket(HELLO_RATE, options.environment.clock.now());
  }

  /** False: it is no unit of ours. */
  receive({ kind, id, body }: UnitHeader, arrival: Arrival): boolean {
    if (kind === UNIT.asked) {
      const asking = this.#asking.get(id);
      if (asking?.came(arrival)) asking.take(Buffer.from(body));
    } else if (kind === UNIT.ask) {
      const { clock, log } = this.#options.environment;
      // Beyond the rate there is silence: whoever asks repeats it later.
      if (paysPerUnit(arrival.carrier) || this.#answering >= ANSWERING_MAX || !this.#rate.take(clock.now())) return true;
      this.#answering += 1;
      this.#answer(id, Buffer.from(body), arrival)
        .catch((error: unknown) => log(`hello: a question over ${arrival.carrier} was not answered: ${String(error)}`))
        .finally(() => {
          this.#answering -= 1;
        });
    } else return false;
    return true;
  }

  /** @throws NoRouteError, AnonymityError, DeadlineError, PeerError, SessionError */
  async ask({ of, carrier, signal }: RelayHelloRequest): Promise<RelayHello> {
    const { environment, carriers, seeker } = this.#options;
    const { node, random } = environment;
    if (of === node.publicKey) return { publicKey: of, ...this.#facts() };
    if (this.#asking.size >= ASKING_MAX) throw new DeadlineError(`${ASKING_MAX} relays are being asked already`);
    const kind = carrier ?? (await this.#free(of, signal));
    const id = Buffer.from(random.bytes(UNIT_ID_BYTES)).toString('hex');
    const set = { exit: of, carrier: kind, identity: 'anonymous' as const, account: { session: '' }, signal };
    const { circuit, back } = await setOut(set, { carriers, seeker, node, random });
    try {
      const ephemeral = freshPair(random);
      const begun = async () => {
        const handshake = new Handshake({
          pattern: 'NK',
          initiator: true,
          prologue: prologue(id),
          ephemeral,
          remote: Buffer.from(of, 'hex'),
        });
        return { handshake, message: await handshake.write(encodedWayBack(back.wayBack)) };
      };
      const read = async (body: Uint8Array): Promise<Facts> => decodeFacts(await (await begun()).handshake.read(body));
      const answered = new Promise<Facts>((resolve) => {
        // Whoever sees the id could send a false answer: what does not authenticate is not the answer.
        const take = (body: Uint8Array) => void read(body).then(resolve, () => {});
        this.#asking.set(id, { came: (arrival) => back.came(arrival), take });
      });
      const unit = Buffer.concat([unitHeader(UNIT.ask, id), (await begun()).message]);
      return { publicKey: of, ...(await this.#untilAnswered(circuit, unit, answered, signal)) };
    } finally {
      this.#asking.delete(id);
      circuit.close();
    }
  }

  async #untilAnswered(circuit: Circuit, unit: Buffer, answered: Promise<Facts>, signal: AbortSignal | undefined): Promise<Facts> {
    const { clock } = this.#options.environment;
    const over = new AbortController();
    const waiting = { signal: signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]) };
    const asked = async (): Promise<never> => {
      const deadlineMs = clock.now() + DEADLINE_MS;
      let waitMs = FIRST_WAIT_RTTS * PROFILES[circuit.carrier].initialRttMs;
      for (; clock.now() < deadlineMs; waitMs *= 2) {
        circuit.pace?.spend(unit.length, clock.now());
        await circuit.send(unit, waiting);
        await clock.sleep(Math.min(waitMs, Math.max(1, deadlineMs - clock.now())), waiting);
      }
      throw new DeadlineError(`no relay beside ${circuit.to.slice(0, 12)}… said what it is within ${DEADLINE_MS / 1000} s`);
    };
    const gone = new Promise<never>((_, reject) => circuit.onClosed(reject));
    gone.catch(() => {});
    const asking = asked();
    asking.catch(() => {});
    try {
      return await Promise.race([answered, asking, gone]);
    } finally {
      over.abort(new DeadlineError('the answer is there'));
    }
  }

  async #answer(id: string, body: Buffer, arrival: Arrival): Promise<void> {
    const { environment, carriers } = this.#options;
    const { node, random, clock } = environment;
    const ephemeral = freshPair(random);
    const handshake = new Handshake({ pattern: 'NK', initiator: false, prologue: prologue(id), ephemeral, local: nodeKeyPair(node) });
    const wayBack = readWayBack(await handshake.read(body));
    const circuit = await circuitBack(carriers, { wayBack, onionBytesMax: 32834 }, null, { session: '' }, arrival);
    const unit = Buffer.concat([unitHeader(UNIT.asked, id), await handshake.write(encodeFacts(this.#facts()))]);
    circuit.pace?.spend(unit.length, clock.now());
    try {
      await circuit.send(unit);
    } finally {
      // The circuit that it came by is the asker's to close.
      if (circuit !== arrival.back) circuit.close();
    }
  }

  #facts(): Facts {
    const { environment, carriers } = this.#options;
    const { terms, passagePrice } = environment.plan;
    return {
      protocol: PROTOCOL_VERSION,
      carriers: [...carriers.keys()],
      service: terms === undefined ? null : { mode: terms.mode, price: terms.price },
      passage: passagePrice ?? null,
      limits: { sessions: SESSIONS_MAX, windowBytes: terms?.mode === 'window' ? terms.windowBytes : null },
    };
  }

  async #free(to: string, signal: AbortSignal | undefined): Promise<CarrierKind> {
    const { node } = this.#options.environment;
    const graph = await node.graph({ signal });
    return chooseCarrier({ graph, from: node.publicKey, to, identity: 'anonymous', budgetMsat: 0 }).carrier;
  }
}

/** Apart from a session's, to which a question cannot be moved, and the same whatever protocol sessions speak: the answer says which. */
const prologue = (id: string): Buffer => Buffer.concat([Buffer.from('leyden ask'), Buffer.from(id, 'hex')]);
