/** Every session of this relay, as client and as exit, by the id in the units that arrive. */

import { PeerError, SessionError } from '../../errors.ts';
import type { CarrierChoice, Identity, RelayEnvironment, RelaySession, SessionPayment, SessionRequest, Waiting } from '../../node.ts';
import type { CarrierKind } from '../../plan.ts';
import type { Arrival, Carrier, Circuit } from '../carrier/carrier.ts';
import { chooseCarrier } from '../choose-carrier.ts';
import type { Emit } from '../events.ts';
import { openIp } from '../ip/open.ts';
import type { TunnelEnd } from '../ip/tunnel-end.ts';
import type { Round } from '../relay-path.ts';
import type { Seeker } from '../rendezvous/seek.ts';
import { type Drop, openUdp } from '../udp/open.ts';
import { FrameError } from '../wire/bytes.ts';
import { packetId, UNIT, UNIT_ID_BYTES, type UnitHeader } from '../wire/unit.ts';
import { readWayBack } from '../wire/way-back.ts';
import { circuitBack } from './circuit-back.ts';
import { answerHello, shakeHands } from './handshake.ts';
import { HelloAgain } from './hello-again.ts';
import { type Return, Returning, setOut } from './return.ts';
import { type Accept, SESSION_IDLE_MS, Session } from './session.ts';

/** Each holds at most two stream windows (Profile) of bytes for its readers, and what its streams' writers left there. */
export const SESSIONS_MAX = 256;
/** Hellos that are being answered: each is an ECDH by the node. */
const HELLOS_MAX = 16;
/** Hellos answered per second on average and at once: over keysend every answer is a payment of ours. */
const HELLO_RATE_PER_S = 4;
const HELLO_BURST = 32;
/** A hello that comes again is answered again, this often. */
const WELCOMES_MAX = 8;

export interface SessionsOptions {
  readonly environment: RelayEnvironment;
  readonly carriers: ReadonlyMap<CarrierKind, Carrier>;
  readonly seeker: Seeker;
  /** Of IP tunnels, where a machine with a TUN device stands beside this relay. */
  readonly end?: TunnelEnd | undefined;
  /** A client asks for a connection or a service. */
  readonly accept: Accept;
  readonly emit?: Emit;
  /** How a client of ours pays the exit of a new session. */
  readonly pay?: (session: Session, request: SessionRequest) => SessionPayment;
}

interface Known {
  readonly session: Session;
  /** At a client. */
  readonly back?: Return;
  readonly again?: HelloAgain;
  /** At an exit: the hello it answered, and how often since it last heard of the client. */
  readonly answered?: { readonly hello: Buffer; readonly welcome: Buffer; times: number; heardUnits: number };
  usedMs: number;
}

export class Sessions {
  readonly #options: SessionsOptions;
  /** By what their packets name them. */
  readonly #known = new Map<string, Known>();
  readonly #welcomes = new Map<string, { readonly back: Return; take(body: Uint8Array): void }>();
  #answering = new Set<string>();
  #tokens = HELLO_BURST;
  #tokensMs: number;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#tokensMs = options.environment.clock.now();
  }

  async open(request: SessionRequest): Promise<RelaySession> {
    const { identity = 'anonymous', onionBytesMax = 32834, budgetMsat, signal } = request;
    const { environment, carriers, seeker } = this.#options;
    const { clock, random, node } = environment;
    const choice = request.carrier === 'auto' ? await this.#choose(request) : undefined;
    const carrier = choice?.carrier ?? (request.carrier as CarrierKind);
    this.#forgetIdle();
    if (this.#known.size >= SESSIONS_MAX) throw new SessionError(`${SESSIONS_MAX} sessions are open at this relay: that is its limit`);
    const id = Buffer.from(random.bytes(UNIT_ID_BYTES)).toString('hex');
    const account = { session: id, sessionBudgetMsat: budgetMsat };
    const set = (waiting: Waiting & { round?: Round }) =>
      setOut({ ...request, carrier, identity, account, ...waiting }, { carriers, seeker, node, random });
    const { circuit, back: first } = await set({ signal });
    const back = new Returning(first);
    try {
      const hello = { wayBack: back.wayBack, onionBytesMax };
      const gone = new Promise<never>((_, reject) => circuit.onClosed(reject));
      gone.catch(() => {});
      const welcome = (over: AbortSignal) => this.#welcome(id, back, over);
      const shaking = shakeHands({ id, circuit, hello, identity, node, clock, random, signal, welcome });
      const shaken = await Promise.race([shaking, gone]);
      const { keys } = shaken;
      const open = async (lost: Circuit, waiting: Waiting): Promise<Circuit> => {
        const again = await set({ ...waiting, round: { avoid: new Set(lost.path?.slice(0, -1)) } });
        back.renew(again.back);
        this.#options.emit?.({ kind: 'session-resumed', session: id, role: 'client' });
        return again.circuit;
      };
      const again = new HelloAgain({ ...shaken, id, clock, fail: (error) => session.fail(error) });
      const resumption = { open, way: () => back.news(), renews: back.alone, ask: (asked: Circuit) => again.ask(asked) };
      const session = new Session({ id, role: 'client', circuit, keys, clock, resumption, onEnd: (reason) => this.#ended(id, reason) });
      const known: Known = { session, back, again, usedMs: clock.now() };
      this.#known.set(packetId(id), known);
      this.#opened(session, 'client');
      return clientSession(session, identity, this.#options, request, choice);
    } catch (error) {
      circuit.close();
      throw error;
    }
  }

  async #choose({ exit, identity = 'anonymous', bytes, budgetMsat, signal }: SessionRequest): Promise<CarrierChoice> {
    const { node, plan } = this.#options.environment;
    const graph = await node.graph({ signal });
    return chooseCarrier({ graph, from: node.publicKey, to: exit, identity, bytes, budgetMsat: budgetMsat ?? plan.budgetMsat });
  }

  receive({ kind, id, body }: UnitHeader, unit: Uint8Array, arrival: Arrival): void {
    if (kind === UNIT.welcome) {
      const waiting = this.#welcomes.get(id);
      if (waiting?.back.came(arrival)) waiting.take(body);
      else this.#welcomedAgain(id, body, arrival);
    } else if (kind === UNIT.hello) this.#hello(id, 'anonymous', body, arrival);
    else if (kind === UNIT.named) this.#hello(id, 'named', body, arrival);
    else if (kind === UNIT.packet) {
      // An id that nobody knows is not answered: whoever guesses ids learns nothing.
      const known = this.#known.get(id);
      if (known === undefined || known.back?.came(arrival) === false) return;
      known.usedMs = this.#options.environment.clock.now();
      known.session.receive(unit, arrival.back);
    }
  }

  end(reason: Error): void {
    for (const { session } of [...this.#known.values()]) session.fail(reason);
  }

  #welcome(id: string, back: Return, over: AbortSignal): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#welcomes.set(id, { back, take: resolve });
      over.addEventListener('abort', () => {
        this.#welcomes.delete(id);
        reject(over.reason);
      });
    });
  }

  #welcomedAgain(id: string, body: Uint8Array, arrival: Arrival): void {
    const known = this.#known.get(packetId(id));
    if (known?.again === undefined || known.session.id !== id || known.back?.came(arrival) === false) return;
    known.again.answered(body).catch((error: unknown) => this.#options.environment.log(`session: a welcome: ${String(error)}`));
  }

  #hello(id: string, identity: Identity, body: Buffer, arrival: Arrival): void {
    const known = this.#known.get(packetId(id));
    if (known !== undefined) {
      const { answered, session } = known;
      if (answered === undefined || session.id !== id || !answered.hello.equals(body)) return;
      const { unitsReceived } = session.stats();
      if (unitsReceived > answered.heardUnits) answered.times = 0;
      if (answered.times >= WELCOMES_MAX) return;
      answered.times += 1;
      answered.heardUnits = unitsReceived;
      // By the way the question came, which may not be the session's yet.
      (arrival.back ?? session.circuit).send(answered.welcome).catch(() => {});
      return;
    }
    this.#forgetIdle();
    if (this.#answering.has(id) || this.#answering.size >= HELLOS_MAX || this.#known.size >= SESSIONS_MAX || !this.#token()) return;
    this.#answering.add(id);
    this.#answer(id, identity, Buffer.from(body), arrival)
      .catch((error: unknown) => {
        this.#options.environment.log(
          `session: a hello over ${arrival.carrier} was not answered: ${error instanceof Error ? error.message : String(error)}`,
        );
        arrival.back?.close();
      })
      .finally(() => this.#answering.delete(id));
  }

  async #answer(id: string, identity: Identity, body: Buffer, arrival: Arrival): Promise<void> {
    const { environment, carriers, accept } = this.#options;
    const { node, random, clock } = environment;
    const { hello, client, keys, welcome } = await answerHello(id, identity, body, node, random);
    const account = { session: id };
    const circuit = await circuitBack(carriers, hello, client, account, arrival);
    const turn = (way: Uint8Array) => {
      const wayBack = readWayBack(way);
      return circuitBack(carriers, { ...hello, wayBack }, client, account, { carrier: arrival.carrier, back: null });
    };
    const session = new Session({
      id,
      role: 'exit',
      client,
      circuit,
      keys,
      clock,
      accept,
      turn,
      onEnd: (reason) => this.#ended(id, reason),
    });
    if (this.#known.has(packetId(id))) throw new FrameError('packets of two sessions would have one name');
    if (session.ended !== undefined) throw new PeerError('the way back is gone', { cause: session.ended });
    this.#known.set(packetId(id), { session, usedMs: clock.now(), answered: { hello: body, welcome, times: 1, heardUnits: 0 } });
    this.#opened(session, 'exit');
    circuit.pace?.spend(welcome.length, clock.now());
    await circuit.send(welcome).catch((error: Error) => session.fail(error));
  }

  #opened({ id, circuit }: Session, role: 'client' | 'exit'): void {
    this.#options.emit?.({ kind: 'session-opened', session: id, role, carrier: circuit.carrier, hops: circuit.hops });
  }

  #ended(id: string, reason: Error): void {
    const known = this.#known.get(packetId(id));
    if (known?.session.id !== id) return;
    this.#known.delete(packetId(id));
    const role = known.answered === undefined ? 'client' : 'exit';
    this.#options.emit?.({ kind: 'session-closed', session: id, role, reason: reason.message });
    this.#options.environment.log(`session: one ended: ${reason.message}`);
  }

  /** No timer runs for this: whoever wants room makes it. */
  #forgetIdle(): void {
    const { clock } = this.#options.environment;
    const before = clock.now() - SESSION_IDLE_MS;
    for (const { session, usedMs, answered } of [...this.#known.values()])
      if (answered !== undefined && usedMs < before)
        session.fail(new SessionError(`the client said nothing for ${SESSION_IDLE_MS / 1000} s`));
  }

  #token(): boolean {
    const nowMs = this.#options.environment.clock.now();
    this.#tokens = Math.min(HELLO_BURST, this.#tokens + ((nowMs - this.#tokensMs) / 1000) * HELLO_RATE_PER_S);
    this.#tokensMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

const clientSession = (
  session: Session,
  identity: Identity,
  { end, emit, pay }: SessionsOptions,
  request: SessionRequest,
  choice: CarrierChoice | undefined,
): RelaySession => ({
  id: session.id,
  identity,
  choice,
  hops: session.circuit.hops,
  get ended() {
    return session.ended;
  },
  async connect(host, port, waiting) {
    try {
      return await session.connect(host, port, waiting);
    } catch (error) {
      emit?.({ kind: 'connection-refused', session: session.id, role: 'client', host, port, reason: (error as Error).message });
      throw error;
    }
  },
  async openUdp(host, port, waiting) {
    const dropped = (drop: Drop) => emit?.({ kind: 'datagram-dropped', session: session.id, host, port, ...drop });
    try {
      return await openUdp(session, host, port, waiting, dropped);
    } catch (error) {
      emit?.({
        kind: 'connection-refused',
        session: session.id,
        role: 'client',
        host: `udp/${host}`,
        port,
        reason: (error as Error).message,
      });
      throw error;
    }
  },
  openIp: (waiting) => openIp(session, end, waiting),
  ping: (waiting) => session.ping(waiting),
  stats: async () => session.stats(),
  datagrams: session,
  ...(pay && { payment: pay(session, request) }),
  [Symbol.asyncDispose]: () => session.close(),
});
