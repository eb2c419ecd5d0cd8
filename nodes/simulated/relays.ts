/** Relays beside simulated nodes: the engine itself, in this process, given virtual time, seeded chance and virtual sockets. */
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

export interface StartedRelay extends AsyncDisposable {
  /** As the bench speaks to it: time passes while it waits, and while a session is open. */
  readonly client: RelayClient;
  readonly log: Log;
}

export async function startRelayBeside(
  lnd: SimulatedLnd,
  model: Model,
  start: StartRelay,
  origins: readonly OriginPlan[],
  serve: ServeOrigin | undefined,
  machine: SimulatedMachine | undefined,
): Promise<StartedRelay> {
  const own = new Waits(model.time, `relay ${lnd.name}`, false);
  const log = new Log();
  const client = lnd.worker();
  const plan = lnd.plan.relay!;
  const relay = await start({
    node: new SimulatedNode(lnd, model, own, client),
    plan: { ...plan, allow: plan.allow.map((entry) => originEntry(entry, placedNear(lnd, origins))) },
    clock: own.clock(),
    random: lnd.random.split('relay'),
    ...originsNear(lnd, origins, own, serve),
    journal: new MemoryJournal(),
    shelf: memoryShelf(),
    tunnelEnd: machine?.port(),
    log: (line) => log.add(model.time.nowUs, line),
  });
  return {
    client: driven(relay, new Waits(model.time, `bench → relay ${lnd.name}`, true), model),
    log,
    async [Symbol.asyncDispose]() {
      await relay[Symbol.asyncDispose]();
    },
  };
}

function driven(relay: RelayClient, waits: Waits, model: Model): RelayClient {
  return {
    node: relay.node,
    publicKey: relay.publicKey,
    openSession: async (request: SessionRequest) => {
      const session = await waits.during('openSession', relay.openSession(request));
      return drivenSession(session, waits, model.time.hold());
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
function drivenSession(session: RelaySession, waits: Waits, release: () => void): RelaySession {
  return {
    id: session.id,
    hops: session.hops,
    identity: session.identity,
    choice: session.choice,
    connect: (host, port, waiting) => waits.during('session.connect', session.connect(host, port, waiting)),
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
