/** A simulated LND as a Node of the seam, for one program that speaks to it: the bench, or the relay beside it. */
import { FeeLimitError, InfrastructureError, LndError, NoRouteError, PeerError } from '../errors.ts';
import type * as seam from '../node.ts';
import { keysendPayloadBytesMax } from '../onion.ts';
import { ROUTE_BLOCKS_MAX } from './chain.ts';
import type { LinkEnd } from './channel.ts';
import { graphOf } from './graph.ts';
import { decodeInvoiceRequest } from './invoice-request.ts';
import { createInvoice, invoiceState, termsOf } from './invoices.ts';
import { recoverKey } from './keys.ts';
import type { Listeners } from './listeners.ts';
import type { SimulatedLnd } from './lnd.ts';
import { sendOnionMessage } from './onion-messages.ts';
import { cheapestPath, findPath, type Path, pinnedPath } from './path.ts';
import { pay, payInvoice } from './payments.ts';
import { sendPeerMessage } from './peer-messages.ts';
import { connect, disconnect } from './peers.ts';
import type { Questions } from './questions.ts';
import type { Begin, Settle, Waits } from './waits.ts';
import type { Worker } from './worker.ts';
import type { Model } from './world.ts';

export class SimulatedNode implements seam.Node {
  readonly name: string;
  readonly publicKey: string;
  readonly socket: string;
  readonly #lnd: SimulatedLnd;
  readonly #model: Model;
  readonly #waits: Waits;
  /** The program's thread: what it sends and hears goes through one after the other. */
  readonly #client: Worker;
  /** Of the program: what it subscribed to ends with it. */
  readonly #gone: AbortSignal | undefined;

  constructor(lnd: SimulatedLnd, model: Model, waits: Waits, client: Worker, gone?: AbortSignal) {
    this.name = lnd.name;
    this.publicKey = lnd.publicKey;
    this.socket = `${lnd.name}:9735`;
    this.#lnd = lnd;
    this.#model = model;
    this.#waits = waits;
    this.#client = client;
    this.#gone = gone;
  }

  height(waiting?: seam.Waiting): Promise<number> {
    return this.#ask('height', waiting, () => this.#model.core.chain.height);
  }

  channels(waiting?: seam.Waiting): Promise<readonly seam.Channel[]> {
    return this.#ask('channels', waiting, () =>
      openLinks(this.#lnd).map(({ channel, side, peer }) => ({
        id: channel.id,
        partner: peer.node.publicKey,
        capacitySat: channel.plan.capacitySat,
        localBalanceSat: Math.floor(channel.balanceMsat(side) / 1000),
        remoteBalanceSat: Math.floor(channel.balanceMsat(peer.side) / 1000),
        active: channel.active,
        pendingHtlcs: channel.pendingHtlcs,
      })),
    );
  }

  graph(waiting?: seam.Waiting): Promise<seam.Graph> {
    return this.#ask('graph', waiting, () => graphOf(this.#model.lnds.values()));
  }

  announceFeature(bit: number, announced: boolean, waiting?: seam.Waiting): Promise<void> {
    return this.#ask('announceFeature', waiting, () => {
      if (announced) this.#lnd.features.add(bit);
      else this.#lnd.features.delete(bit);
    });
  }

  balanceMsat(waiting?: seam.Waiting): Promise<seam.Balance> {
    return this.#ask('balanceMsat', waiting, () => balanceOf(this.#lnd));
  }

  route(request: seam.RouteRequest): Promise<seam.Route> {
    return this.#ask('route', request, () => this.#route(request));
  }

  pay(request: seam.PayRequest): Promise<seam.Payment> {
    return this.#until('pay', request.signal, (settle) =>
      pay(this.#lnd, this.#client, request, (key) => this.#model.byKey.get(key), settle),
    );
  }

  lookUpPayment(hash: Uint8Array, waiting?: seam.Waiting): Promise<seam.PaymentState> {
    return this.#ask('lookUpPayment', waiting, () => this.#lnd.payments.get(Buffer.from(hash).toString('hex')) ?? { state: 'unknown' });
  }

  createInvoice(request: seam.CreateInvoiceRequest): Promise<seam.CreatedInvoice> {
    return this.#ask('createInvoice', request, () => createInvoice(this.#lnd, request));
  }

  decodeInvoice(request: string, waiting?: seam.Waiting): Promise<seam.InvoiceTerms> {
    return this.#ask('decodeInvoice', waiting, () => termsOf(decodeInvoiceRequest(request)));
  }

  payInvoice(request: seam.PayInvoiceRequest): Promise<seam.Payment> {
    return this.#until('payInvoice', request.signal, (settle) =>
      payInvoice(this.#lnd, this.#client, request, (key) => this.#model.byKey.get(key), settle),
    );
  }

  lookUpInvoice(hash: Uint8Array, waiting?: seam.Waiting): Promise<seam.InvoiceState | null> {
    return this.#ask('lookUpInvoice', waiting, () => invoiceState(this.#lnd, hash));
  }

  receivedPayments(waiting?: seam.Waiting): Promise<AsyncIterable<seam.ReceivedPayment>> {
    const { heardPaymentCpuUs } = this.#lnd.costs;
    const bytesOf = ({ records }: seam.ReceivedPayment) => records.reduce((sum, { value }) => sum + value.length, 0);
    return this.#subscribe('receivedPayments', this.#lnd.receivedPayments, waiting, bytesOf, heardPaymentCpuUs);
  }

  interceptForwards(answer: seam.AnswerForward, waiting?: seam.Waiting): Promise<void> {
    const { recordsPassedCpuUsPerByte } = this.#lnd.costs;
    return this.#answer('interceptForwards', this.#lnd.forwardQuestions, answer, waiting, recordsPassedCpuUsPerByte);
  }

  modifyExitHtlcs(answer: seam.AnswerExitHtlc, waiting?: seam.Waiting): Promise<void> {
    const { recordsHeardCpuUsPerByte } = this.#lnd.costs;
    return this.#answer('modifyExitHtlcs', this.#lnd.exitQuestions, answer, waiting, recordsHeardCpuUsPerByte);
  }

  sendPeerMessage(request: seam.PeerMessageRequest): Promise<void> {
    return this.#until<void>('sendPeerMessage', request.signal, (settle) => sendPeerMessage(this.#lnd, this.#client, request, settle));
  }

  peerMessages(waiting?: seam.Waiting): Promise<AsyncIterable<seam.PeerMessage>> {
    return this.#subscribe('peerMessages', this.#lnd.peerMessages, waiting, ({ data }) => data.length);
  }

  sendOnionMessage(request: seam.OnionMessageRequest): Promise<void> {
    return this.#until<void>('sendOnionMessage', request.signal, (settle) =>
      sendOnionMessage(this.#lnd, this.#client, request, (key) => this.#model.byKey.get(key), settle),
    );
  }

  onionMessages(waiting?: seam.Waiting): Promise<AsyncIterable<seam.OnionMessage>> {
    return this.#subscribe('onionMessages', this.#lnd.onionMessages, waiting, ({ value }) => value.length);
  }

  peers(waiting?: seam.Waiting): Promise<readonly string[]> {
    return this.#ask('peers', waiting, () => [...this.#lnd.connections].filter(([, { up }]) => up).map(([publicKey]) => publicKey));
  }

  connect(publicKey: string, _socket: string, waiting?: seam.Waiting): Promise<void> {
    return this.#ask('connect', waiting, () => {
      const peer = this.#model.byKey.get(publicKey);
      if (peer === undefined || peer === this.#lnd) throw new PeerError(`${this.name}: nobody to connect to has the key ${publicKey}`);
      connect(this.#lnd, peer);
    });
  }

  disconnect(publicKey: string, waiting?: seam.Waiting): Promise<void> {
    return this.#ask('disconnect', waiting, () => disconnect(this.#lnd, publicKey));
  }

  sign(message: Uint8Array, waiting?: seam.Waiting): Promise<string> {
    return this.#ask('sign', waiting, () => this.#lnd.key.sign(message));
  }

  /** As LND: a signature counts when its key is a node of the graph. */
  verify(message: Uint8Array, signature: string, waiting?: seam.Waiting): Promise<string | null> {
    return this.#ask('verify', waiting, () => {
      const key = recoverKey(message, signature);
      return key !== null && this.#model.byKey.has(key) ? key : null;
    });
  }

  ecdh(publicKey: string, waiting?: seam.Waiting): Promise<Uint8Array> {
    return this.#ask('ecdh', waiting, () => {
      try {
        return this.#lnd.key.ecdh(publicKey);
      } catch (cause) {
        throw new LndError('invalid key', `${this.name}: ECDH with something that is no public key: ${publicKey}`, { cause });
      }
    });
  }

  #route({ destination, amountMsat, maxFeeMsat, via }: seam.RouteRequest): seam.Route {
    const source = this.#lnd;
    const find = (limitMsat: number, way = findPath): Path | null => {
      const nodes = (via ?? [destination]).map((key) => this.#model.byKey.get(key));
      if (nodes.some((node) => node === undefined)) return null;
      const known = nodes as SimulatedLnd[];
      const wanted = { source, amountMsat, maxFeeMsat: limitMsat };
      return via === undefined ? way({ ...wanted, destination: known[0]! }) : pinnedPath(wanted, known);
    };
    // As nodes/lnd asks: where failures are remembered on every way, the cheapest.
    const path = find(maxFeeMsat) ?? find(maxFeeMsat, cheapestPath);
    if (path !== null) return routeOf(path, amountMsat, this.#model.core.chain.height);
    const dearer = find(Number.MAX_SAFE_INTEGER, cheapestPath);
    if (dearer === null) throw new NoRouteError(`${this.name}: no route to ${destination} carries ${amountMsat} msat`);
    throw new FeeLimitError(`the cheapest route costs ${dearer.firstMsat - amountMsat} msat, the limit is ${maxFeeMsat} msat`);
  }

  /** A call that LND answers: not while its process is gone, and later where it stands still. */
  #until<T>(what: string, signal: AbortSignal | undefined, begin: Begin<T>): Promise<T> {
    const { power } = this.#lnd;
    return this.#waits.until<T>(what, signal, (settle) => {
      const forget = power.called(settle as Settle<never>);
      let takeBack: ReturnType<Begin<T>>;
      power.awake(() => {
        try {
          if (settle.open) takeBack = begin(settle);
        } catch (error) {
          settle.reject(error);
        }
      });
      return () => {
        forget();
        takeBack?.();
      };
    });
  }

  /** A question to LND and its answer: two calls' worth of work. */
  #ask<T>(what: string, waiting: seam.Waiting | undefined, answer: () => T): Promise<T> {
    const lnd = this.#lnd;
    return this.#until<T>(what, waiting?.signal, (settle) =>
      this.#client.do(lnd.spread(lnd.costs.callCpuUs), () =>
        lnd.compute(lnd.costs.callCpuUs, () => {
          try {
            settle.resolve(answer());
          } catch (error) {
            if (!(error instanceof InfrastructureError) && !(error instanceof Error && 'exitCode' in error)) throw error;
            settle.reject(error);
          }
        }),
      ),
    );
  }

  async #answer<Q, A>(
    what: string,
    questions: Questions<Q, A>,
    answer: (question: Q) => A | Promise<A>,
    waiting: seam.Waiting | undefined,
    cpuUsPerByte: number,
  ): Promise<void> {
    const lnd = this.#lnd;
    await this.#ask(what, waiting, () => {
      if (questions.taken) throw new LndError('gRPC 2', `${this.name}: ${what}: another program answers already`);
      const call = (bytes: number, done: () => void) => this.#client.do(lnd.spread(lnd.costs.callCpuUs + bytes * cpuUsPerByte), done);
      const scheduled = (question: Q) => new Promise<void>((run) => this.#waits.scheduled(run)).then(() => answer(question));
      questions.register({ call, answer: scheduled });
      for (const signal of [waiting?.signal, this.#gone]) signal?.addEventListener('abort', () => questions.unregister(), { once: true });
    });
  }

  async #subscribe<T>(
    what: string,
    listeners: Listeners<T>,
    waiting: seam.Waiting | undefined,
    bytesOf: (item: T) => number,
    callCpuUs = this.#lnd.costs.callCpuUs,
  ): Promise<AsyncIterable<T>> {
    const { costs, time } = this.#lnd;
    await this.#ask(`subscribe to ${what}`, waiting, () => {});
    const carry = (item: T, arrived: () => void) =>
      this.#client.do(this.#lnd.spread(callCpuUs + bytesOf(item) * costs.callCpuUsPerByte), arrived);
    const signals = [waiting?.signal, this.#gone].filter((signal) => signal !== undefined);
    return listeners.subscribe(what, this.#waits, AbortSignal.any(signals), carry, () => time.wake());
  }
}

function openLinks(lnd: SimulatedLnd): readonly LinkEnd[] {
  return lnd.links.filter(({ channel }) => !channel.closed);
}

export function balanceOf(lnd: SimulatedLnd): seam.Balance {
  let [localMsat, remoteMsat, unsettledMsat] = [0, 0, 0];
  for (const { channel, side, peer } of openLinks(lnd)) {
    localMsat += channel.balanceMsat(side);
    remoteMsat += channel.balanceMsat(peer.side);
    unsettledMsat += channel.offeredMsat(0) + channel.offeredMsat(1);
  }
  return { localMsat, remoteMsat, unsettledMsat };
}

function routeOf(path: Path, amountMsat: number, height: number): seam.Route {
  return {
    hops: path.hops.map(({ publicKey, channel, forwardMsat, feeMsat, expiry }) => ({
      publicKey,
      channel: channel.id,
      forwardMsat,
      feeMsat,
      expiry,
    })),
    amountMsat,
    feeMsat: path.firstMsat - amountMsat,
    payloadBytesMax: keysendPayloadBytesMax(path.hops.map(({ forwardMsat, expiry }) => ({ amountMsat: forwardMsat, expiry }))),
    staleAtHeight: height + ROUTE_BLOCKS_MAX,
    native: { path },
  };
}
