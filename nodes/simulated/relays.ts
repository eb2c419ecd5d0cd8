/** Relays beside simulated nodes: the engine itself, in this process, given virtual time, seeded chance and virtual sockets. */
import type { Duplex } from 'node:stream';
import { InfrastructureError } from '../errors.ts';
import { MemoryJournal } from '../journal.ts';
import type { RelayClient, RelaySession, SessionPayment, SessionRequest, StartRelay, UnitsRequest, Waiting } from '../node.ts';
import { originEntry } from '../origin-entry.ts';
import type { OriginPlan } from '../plan.ts';
import type { RelayInvoices } from '../relay-invoices.ts';
import type { RelayMessages } from '../relay-messages.ts';
import type { RelayOwnNode } from '../relay-own-node.ts';
import { memoryShelf } from '../shelf.ts';
import type { SimulatedLnd } from './lnd.ts';
import { Log } from './log.ts';
import { originsNear, placedNear, type ServeOrigin } from './origins.ts';
import { drivenPages } from './pages.ts';
import { SimulatedNode } from './simulated-node.ts';
import type { SimulatedMachine } from './tunnel-machine.ts';
import { Waits } from './waits.ts';
import type { Model } from './world.ts';

/** What it is started with, every time. */
export interface RelayParts {
  readonly lnd: SimulatedLnd;
  readonly model: Model;
  readonly start: StartRelay;
  readonly origins: readonly OriginPlan[];
  readonly serve: ServeOrigin | undefined;
  readonly machine: SimulatedMachine | undefined;
}

/** One life of a relay's process. */
interface Life {
  readonly relay: Awaited<ReturnType<StartRelay>>;
  /** What it waits for itself, and what the bench waits for from it. */
  readonly own: Waits;
  readonly bench: Waits;
  readonly client: RelayClient;
  /** Ends what it subscribed to at its LND. */
  readonly gone: AbortController;
  /** Its connections to the outside world, and the bench's through it. */
  readonly sockets: Set<Duplex>;
}

/** The relay beside a node over all its lives: what it wrote down outlives each of them, as a container's files do. */
export class SimulatedRelay implements AsyncDisposable {
  readonly log = new Log();
  /** As the bench speaks to it: time passes while it waits, and while a session is open. Who asks while it is down is told so. */
  readonly client: RelayClient;
  readonly #parts: RelayParts;
  readonly #journal = new MemoryJournal();
  readonly #shelf = memoryShelf();
  #lives = 0;
  #life: Life | undefined;

  constructor(parts: RelayParts) {
    this.#parts = parts;
    this.client = alive(parts.lnd, () => this.#now());
  }

  get running(): boolean {
    return this.#life !== undefined;
  }

  /** @throws what the engine throws as it starts */
  async start(): Promise<void> {
    const { lnd, model, start, origins, serve, machine } = this.#parts;
    this.#lives += 1;
    const life = this.#lives === 1 ? '' : ` (${this.#lives})`;
    const own = new Waits(model.time, `relay ${lnd.name}${life}`, false);
    const bench = new Waits(model.time, `bench → relay ${lnd.name}${life}`, true);
    const gone = new AbortController();
    const sockets = new Set<Duplex>();
    const plan = lnd.plan.relay!;
    const near = originsNear(lnd, origins, own, serve);
    const relay = await start({
      node: new SimulatedNode(lnd, model, own, lnd.worker(), gone.signal),
      plan: { ...plan, allow: plan.allow.map((entry) => originEntry(entry, placedNear(lnd, origins))) },
      clock: own.clock(),
      random: lnd.random.split(`relay${life}`),
      ...near,
      dial: async (...asked) => held(sockets, await near.dial(...asked)),
      journal: this.#journal,
      shelf: this.#shelf,
      tunnelEnd: machine?.port(),
      log: (line) => this.log.add(model.time.nowUs, line),
    });
    this.#life = { relay, own, bench, gone, sockets, client: driven(relay, bench, model, sockets) };
  }

  /** As SIGKILL does: it says nothing to anybody any more. Not while it starts. */
  kill(): void {
    const life = this.#life;
    if (life === undefined) return;
    this.#life = undefined;
    life.own.freeze();
    life.gone.abort();
    for (const socket of life.sockets) socket.destroy();
    life.bench.end(this.#down());
    this.#parts.model.time.wake();
  }

  /** In order, within STOP_MS; then as `kill`. */
  async stop(): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    const late = new Waits(this.#parts.model.time, 'stopping', false).clock().sleep(STOP_MS);
    await Promise.race([life.relay[Symbol.asyncDispose](), late]);
    if (this.#life === life) this.kill();
  }

  pause(): void {
    this.#life?.own.freeze();
    this.#life?.bench.freeze();
  }

  resume(): void {
    this.#life?.own.thaw();
    this.#life?.bench.thaw();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.resume();
    await this.#life?.relay[Symbol.asyncDispose]();
  }

  #now(): RelayClient {
    if (this.#life === undefined) throw this.#down();
    return this.#life.client;
  }

  #down(): InfrastructureError {
    return new InfrastructureError(`the relay beside ${this.#parts.lnd.name} does not answer: its process is gone`);
  }
}

/** As a container gets it before it is killed. */
const STOP_MS = 10_000;

function held(sockets: Set<Duplex>, socket: Duplex): Duplex {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
  return socket;
}

/** The client of whichever life there is when it is asked. */
function alive({ name, publicKey }: SimulatedLnd, now: () => RelayClient): RelayClient {
  const asked = <T>(ask: (client: RelayClient) => T | Promise<T>): Promise<T> => Promise.resolve().then(() => ask(now()));
  return {
    node: name,
    publicKey,
    openSession: (request) => asked((client) => client.openSession(request)),
    sendUnits: (request) => asked((client) => client.sendUnits(request)),
    receivedUnits: (id, waiting) => asked((client) => client.receivedUnits(id, waiting)),
    ledger: (waiting) => asked((client) => client.ledger(waiting)),
    hello: (request) => asked((client) => client.hello(request)),
    events: (waiting) => asked((client) => client.events(waiting)),
    get pages() {
      return now().pages;
    },
    get messages() {
      return now().messages;
    },
    get own() {
      return now().own;
    },
    get invoices() {
      return now().invoices;
    },
  };
}

function driven(relay: RelayClient, waits: Waits, model: Model, sockets: Set<Duplex>): RelayClient {
  return {
    node: relay.node,
    publicKey: relay.publicKey,
    openSession: async (request: SessionRequest) => {
      const session = await waits.during('openSession', relay.openSession(request));
      return drivenSession(session, waits, model.time.hold(), sockets);
    },
    sendUnits: (request: UnitsRequest) => waits.during('sendUnits', relay.sendUnits(request)),
    receivedUnits: (id: string, waiting?: Waiting) => waits.during('receivedUnits', relay.receivedUnits(id, waiting)),
    ledger: (waiting?: Waiting) => waits.during('ledger', relay.ledger(waiting)),
    pages: drivenPages(relay.pages, waits, model),
    messages: drivenMessages(relay.messages, waits),
    own: drivenOwnNode(relay.own, waits),
    invoices: drivenInvoices(relay.invoices, waits),
    hello: (request) => waits.during('hello', relay.hello(request)),
    events: async (waiting?: Waiting) => heard(await relay.events(waiting), waits),
  };
}

/** A session's streams are read and written outside our sight, so time passes as long as it is open. */
function drivenSession(session: RelaySession, waits: Waits, release: () => void, sockets: Set<Duplex>): RelaySession {
  return {
    id: session.id,
    hops: session.hops,
    identity: session.identity,
    choice: session.choice,
    connect: async (host, port, waiting) => held(sockets, await waits.during('session.connect', session.connect(host, port, waiting))),
    openUdp: (host, port, waiting) => waits.during('session.openUdp', session.openUdp(host, port, waiting)),
    openIp: (waiting) => waits.during('session.openIp', session.openIp(waiting)),
    ping: (waiting) => waits.during('session.ping', session.ping(waiting)),
    stats: (waiting) => waits.during('session.stats', session.stats(waiting)),
    ...(session.payment && { payment: drivenPayment(session.payment, waits) }),
    async [Symbol.asyncDispose]() {
      try {
        await waits.during('session.close', Promise.resolve(session[Symbol.asyncDispose]()));
      } finally {
        release();
      }
    },
  };
}

/** Time passes while somebody waits for the next, though none need come. */
async function* heard<T>(items: AsyncIterable<T>, waits: Waits): AsyncGenerator<T, void, void> {
  const reading = items[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await waits.during('event', reading.next(), true);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await reading.return?.();
  }
}

function drivenPayment(payment: SessionPayment, waits: Waits): SessionPayment {
  return {
    quote: (waiting) => waits.during('session.quote', payment.quote(waiting)),
    accept: (nonce, units, waiting) => waits.during('session.accept', payment.accept(nonce, units, waiting)),
    refresh: (units, waiting) => waits.during('session.refresh', payment.refresh(units, waiting)),
    prepay: (amountMsat, waiting) => waits.during('session.prepay', payment.prepay(amountMsat, waiting)),
    payAsServed: (maxMsat, waiting) => waits.during('session.payAsServed', payment.payAsServed(maxMsat, waiting)),
    close: (waiting) => waits.during('session.closeContract', payment.close(waiting)),
    account: (waiting) => waits.during('session.account', payment.account(waiting)),
  };
}

function drivenMessages(messages: RelayMessages, waits: Waits): RelayMessages {
  return {
    send: (request) => waits.during('messages.send', messages.send(request)),
    list: (request) => waits.during('messages.list', messages.list(request)),
    remove: (id, waiting) => waits.during('messages.remove', messages.remove(id, waiting)),
  };
}

function drivenOwnNode(own: RelayOwnNode, waits: Waits): RelayOwnNode {
  return {
    sign: (message, waiting) => waits.during('own.sign', own.sign(message, waiting)),
    verify: (message, signature, waiting) => waits.during('own.verify', own.verify(message, signature, waiting)),
    peers: (waiting) => waits.during('own.peers', own.peers(waiting)),
    connect: (publicKey, socket, waiting) => waits.during('own.connect', own.connect(publicKey, socket, waiting)),
    disconnect: (publicKey, waiting) => waits.during('own.disconnect', own.disconnect(publicKey, waiting)),
  };
}

function drivenInvoices(invoices: RelayInvoices, waits: Waits): RelayInvoices {
  return {
    create: (request) => waits.during('invoices.create', invoices.create(request)),
    pay: (request) => waits.during('invoices.pay', invoices.pay(request)),
    lookUp: (hash, waiting) => waits.during('invoices.lookUp', invoices.lookUp(hash, waiting)),
  };
}
