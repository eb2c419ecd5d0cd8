/**
 * The relay beside one node: carriers below, sessions and the exit above. Everything comes from the environment handed in, time and
 * chance included, so the same engine runs beside a real LND and in virtual time.
 */
import { DeadlineError, SessionError } from '../errors.ts';
import type { ReceivedPayment, RelayClient, SessionRequest, StartRelay, UnitsRequest, Waiting } from '../node.ts';
import type { CarrierKind } from '../plan.ts';
import { announce } from './announce.ts';
import type { Carrier, UnitSink } from './carrier/carrier.ts';
import { htlcRecordCarrier } from './carrier/htlc-record.ts';
import { keysendCarrier } from './carrier/keysend.ts';
import { onionMessageCarrier } from './carrier/onion-message.ts';
import { peerMessageCarrier } from './carrier/peer-message.ts';
import { recordAnswers } from './carrier/record-answers.ts';
import { RecordPlaces } from './carrier/record-places.ts';
import { withDeadline } from './deadline.ts';
import { Events } from './events.ts';
import { allowlist } from './exit/allow.ts';
import { openExit } from './exit/exit.ts';
import { udpService } from './exit/udp.ts';
import { Hellos } from './hello/hellos.ts';
import { relayInvoices } from './invoices.ts';
import { TUN_SERVICE, tunService } from './ip/service.ts';
import { TunnelEnd } from './ip/tunnel-end.ts';
import { openMessages } from './messages/messages.ts';
import { ownNode } from './own-node.ts';
import { openPages } from './pages/pages.ts';
import { PAGES_SERVICE } from './pages/service.ts';
import { ExitAccounts } from './payment/exit-accounts.ts';
import { Passages } from './payment/passages.ts';
import { Payer } from './payment/payer.ts';
import { Payments } from './payment/payments.ts';
import { paymentEvents } from './payment-events.ts';
import { receivePayments } from './received-payments.ts';
import { tellRefusals } from './refusals.ts';
import { Rendezvous, type RendezvousOptions } from './rendezvous/rendezvous.ts';
import { acceptServices, type Service } from './services.ts';
import { CONTRACT_SERVICE } from './session/gate.ts';
import type { Session } from './session/session.ts';
import { Sessions } from './session/sessions.ts';
import { ReceivedTests, sendTestUnits } from './test-units.ts';
import { UDP_SERVICE } from './udp/target.ts';
import { FrameError } from './wire/bytes.ts';
import { readUnit, UNIT } from './wire/unit.ts';

/** A payment's own deadline and half as much again. */
const LEDGER_DEADLINE_MS = 90_000;

/** @throws ScenarioError for an allowlist it cannot read, and what the node throws when it does not answer. */
export const startRelay: StartRelay = async (environment) => {
  const { node, plan, clock, random } = environment;
  const log = (line: string): void => environment.log(line);
  const stopped = new AbortController();
  const { signal } = stopped;
  const allowed = allowlist(plan.allow);
  const events = new Events(clock);
  const changed = paymentEvents({ events, clock, ledger: () => payments.ledger() });
  const payments: Payments = new Payments({ ...environment, log, signal, changed });
  const tests = new ReceivedTests(clock);
  const carriers = new Map<CarrierKind, Carrier>();
  const accounts = new ExitAccounts({ node, clock, random, terms: plan.terms, signal, log });
  const services = new Map<string, Service>([
    [CONTRACT_SERVICE, accounts.serve],
    [UDP_SERVICE, udpService({ environment, allowed, signal })],
  ]);
  const end = environment.tunnelEnd && new TunnelEnd(environment.tunnelEnd);
  if (end !== undefined) services.set(TUN_SERVICE, tunService(end, log));
  const accept = accounts.charging(acceptServices(services, openExit(environment, allowed, signal)));
  const deliver: RendezvousOptions['deliver'] = (header, unit, arrival) => sessions.receive(header, unit, arrival);
  const rendezvous = new Rendezvous({ node, clock, random, carriers, log, deliver });
  const pay = (session: Session, { exit, budgetMsat: sessionBudgetMsat }: SessionRequest): Payer => {
    const payer = new Payer({ ...shared, session, exit, feeLimitMsat: plan.feeLimitMsat, sessionBudgetMsat });
    session.setGate(payer.meter);
    return payer;
  };
  const sessions = new Sessions({
    environment,
    carriers,
    end,
    accept: tellRefusals(accept, events.emit),
    emit: events.emit,
    pay,
    seeker: rendezvous.seeker,
  });
  const hellos = new Hellos({ environment, carriers, seeker: rendezvous.seeker });
  const sink: UnitSink = (unit, back, carrier, postmark) => {
    try {
      const header = readUnit(unit);
      const arrival = { ...postmark, back, carrier };
      if (header.kind === UNIT.test) tests.receive(header.id, header.body, unit.length);
      else if (!rendezvous.receive(header, arrival) && !hellos.receive(header, arrival)) sessions.receive(header, unit, arrival);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      log(`${carrier}: a unit was dropped: ${error.message}`);
    }
  };
  const passages = new Passages({ node, clock, payments, price: plan.passagePrice, feeLimitMsat: plan.feeLimitMsat, log });
  const paid = (payment: ReceivedPayment): void => {
    if (passages.received(payment) || accounts.received(payment)) payments.received(payment.amountMsat);
  };
  const shared = { node, plan, clock, random, payments, sink, signal, paid, passages, log };
  const places = new RecordPlaces({ ...shared, answers: recordAnswers(shared) });
  const peers = await peerMessageCarrier({ ...shared, places });
  const onions = await onionMessageCarrier(shared);
  await receivePayments(shared);
  for (const carrier of [keysendCarrier(shared), htlcRecordCarrier({ ...shared, peers }), onions, peers])
    carriers.set(carrier.kind, carrier);
  const carrierOf = (kind: CarrierKind): Carrier => carriers.get(kind) as Carrier;
  const pages = await openPages(environment, (request) => sessions.open(request));
  services.set(PAGES_SERVICE, pages.service);
  const messages = openMessages({ clock, random, log, emit: events.emit, open: (request) => sessions.open(request) });
  for (const [name, service] of messages.services) services.set(name, service);
  await announce(environment, signal);
  const client: RelayClient = {
    node: node.name,
    publicKey: node.publicKey,
    openSession: (request) => sessions.open(request),
    async sendUnits(request: UnitsRequest) {
      const circuit = await carrierOf(request.carrier).open(request.to, request);
      try {
        return await sendTestUnits(request, circuit, clock, random);
      } finally {
        circuit.close();
      }
    },
    pages,
    messages,
    own: ownNode(node),
    invoices: relayInvoices(node, payments),
    hello: (request) => hellos.ask(request),
    receivedUnits: async (id) => tests.of(id),
    async ledger(waiting: Waiting = {}) {
      const late = () => new DeadlineError(`payments of ${node.name}'s relay were still on their way after ${LEDGER_DEADLINE_MS / 1000} s`);
      await withDeadline({ clock, ms: LEDGER_DEADLINE_MS, signal: waiting.signal, late }, payments.quiet());
      return payments.ledger();
    },
    events: async ({ signal: over } = {}) => events.listen({ signal: over === undefined ? signal : AbortSignal.any([over, signal]) }),
  };
  return {
    ...client,
    async [Symbol.asyncDispose]() {
      await pages.close();
      sessions.end(new SessionError('the relay was stopped'));
      stopped.abort(new SessionError('the relay was stopped'));
    },
  };
};
