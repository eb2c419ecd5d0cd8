/**
 * A line of nodes that misbehaves on demand, in virtual time: for what a real network does not do when asked (other limits than the
 * formulas', loss, bytes changed on the way). What workloads measure on a true model is tested in simulated.test.ts.
 */
import { createHash } from 'node:crypto';
import { Duplex, PassThrough, Transform } from 'node:stream';
import { PayloadTooLargeError, PaymentFailedError, PeerError, RefusedError } from '../../nodes/errors.ts';
import { Inbox } from '../../nodes/inbox.ts';
import type {
  Clock,
  LedgerRoute,
  Network,
  Node,
  OnionMessage,
  RelayClient,
  RelayLedger,
  RelaySession,
  Route,
  Waiting,
} from '../../nodes/node.ts';
import { serveOrigin } from '../../nodes/origin.ts';
import { type NetworkPlan, ONION_LIMITER_OFF, type OnionLimiter } from '../../nodes/plan.ts';
import { VirtualTime } from '../../nodes/simulated/virtual-time.ts';
import { Waits } from '../../nodes/simulated/waits.ts';
import { noPages } from '../pages/no-pages.ts';
import { fakeHello } from '../relay/fake-hello.ts';
import { fakeInvoices } from '../relay/fake-invoices.ts';
import { fakeOwnNode } from '../relay/fake-own-node.ts';
import { noMessages } from '../relay/no-messages.ts';

export interface Behaviour {
  readonly nodes: number;
  readonly keysendBytesMax: number;
  readonly onionBytesMax: number;
  readonly peerBytesMax: number;
  readonly unitBytesMax: number;
  readonly limiter: OnionLimiter;
  /** The n-th onion message, counted from 1, is lost. */
  readonly losesOnion: (n: number) => boolean;
  /** The relays' bottleneck; what does not fit is late when there is a verdict, lost when there is none. */
  readonly unitsPerS: number;
  readonly tamper: (chunk: Buffer) => Buffer;
  /** msat that vanish from n0 without a payment. */
  readonly leakMsat: number;
  readonly latencyMs: number;
}

const DEFAULTS: Behaviour = {
  nodes: 3,
  keysendBytesMax: 1_156,
  onionBytesMax: 32_552,
  peerBytesMax: 65_533,
  unitBytesMax: 60_000,
  limiter: ONION_LIMITER_OFF,
  losesOnion: () => false,
  unitsPerS: 100,
  tamper: (chunk) => chunk,
  leakMsat: 0,
  latencyMs: 20,
};

export interface FakeNetwork extends Network {
  /** What happened, e.g. 'peer 65534', 'connect'. */
  readonly seen: string[];
}

const FEE_MSAT = 1_000;
const policy = { feeBaseMsat: FEE_MSAT, feeProportionalMillionths: 0, cltvExpiryDelta: 80, htlcMinimumMsat: 1 };

export function fakeNetwork(changes: Partial<Behaviour> = {}): FakeNetwork {
  const behaviour = { ...DEFAULTS, ...changes };
  const time = new VirtualTime();
  const clock = new Waits(time, 'test', true).clock();
  const names = Array.from({ length: behaviour.nodes }, (_, index) => `n${index}`);
  const world = new World(names, behaviour, clock);
  const nodes = new Map(names.map((name, index) => [name, world.node(name, index)]));
  const relays = new Map(names.map((name, index) => [name, world.relay(name, index)]));
  return {
    kind: 'simulated',
    plan: world.plan,
    clock,
    nodes,
    relays,
    seen: world.seen,
    phases: [{ name: 'channels active', ms: 400 }],
    versions: { model: 'fake' },
    images: {},
    quiet: async () => {
      world.balances[0]! -= world.quietCalls++ === 0 ? 0 : behaviour.leakMsat;
    },
    usage: async () => [],
    writeLogs: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

class World {
  readonly seen: string[] = [];
  readonly plan: NetworkPlan;
  readonly balances: number[];
  quietCalls = 0;
  readonly #names: readonly string[];
  readonly #is: Behaviour;
  readonly #clock: Clock;
  readonly #onions = new Map<string, Set<Inbox<OnionMessage>>>();
  readonly #peers = new Map<string, Set<Inbox<{ from: string; type: number; data: Uint8Array }>>>();
  readonly #units = new Map<string, { bytes: number; arrivedMs: number[]; latencyMs: number[] }>();
  readonly #down = new Set<string>();
  #onionsSent = 0;
  #tokens = 0;
  #tokensAtMs = 0;

  constructor(names: readonly string[], is: Behaviour, clock: Clock) {
    [this.#names, this.#is, this.#clock] = [names, is, clock];
    this.balances = names.map(() => 5_000_000_000);
    this.#tokens = is.limiter.peerBurstBytes;
    this.plan = {
      name: 'fake',
      seed: 1,
      nodes: names.map((name) => ({
        name,
        image: 'auto',
        commitIntervalMs: 50,
        onionLimiter: is.limiter,
        storage: 'volume',
        memoryBytes: null,
        cpus: null,
        flags: [],
        relay: { budgetMsat: 1e9, feeLimitMsat: 50_000, allow: [] },
      })),
      channels: names.slice(1).map((to, index) => ({
        name: `${names[index]}-${to}`,
        from: names[index]!,
        to,
        capacitySat: 1e7,
        balance: 0.5,
        policies: [policy, policy],
      })),
      origins: [],
    };
  }

  node(name: string, index: number): Node {
    const unused = () => Promise.reject(new Error('not in the fake'));
    const key = keyOf(name);
    return {
      name,
      publicKey: key,
      socket: name,
      height: async () => 200,
      graph: unused,
      announceFeature: unused,
      lookUpPayment: unused,
      createInvoice: unused,
      decodeInvoice: unused,
      payInvoice: unused,
      lookUpInvoice: unused,
      receivedPayments: unused,
      interceptForwards: unused,
      modifyExitHtlcs: unused,
      sign: unused,
      verify: unused,
      ecdh: unused,
      disconnect: unused,
      balanceMsat: async () => ({ localMsat: this.balances[index]!, remoteMsat: 1e10 - this.balances[index]!, unsettledMsat: 0 }),
      channels: async () =>
        this.#neighbours(index).map((other) => ({
          id: `${Math.min(index, other)}`,
          partner: keyOf(this.#names[other]!),
          capacitySat: 1e7,
          localBalanceSat: 5e6,
          remoteBalanceSat: 5e6,
          active: !this.#down.has(linkOf(index, other)),
          pendingHtlcs: 0,
        })),
      peers: async () =>
        this.#neighbours(index)
          .filter((other) => !this.#down.has(linkOf(index, other)))
          .map((other) => keyOf(this.#names[other]!)),
      connect: async (_, socket) => {
        this.seen.push('connect');
        await this.#clock.sleep(200);
        this.#down.delete(linkOf(index, this.#names.indexOf(socket)));
      },
      route: async ({ destination, amountMsat }) => this.#route(index, destination, amountMsat),
      pay: async ({ to, amountMsat, preimage, records = [] }) => {
        const route = to as Route;
        const bytes = records[0]!.value.length;
        this.seen.push(`pay ${bytes}`);
        await this.#clock.sleep(100 * route.hops.length);
        if (bytes > this.#is.keysendBytesMax) throw new PaymentFailedError('NO_ROUTE');
        this.balances[index]! -= amountMsat + route.feeMsat;
        route.hops.forEach((hop, at) => {
          const final = at === route.hops.length - 1;
          this.balances[index + at + 1]! += final ? amountMsat : hop.feeMsat;
        });
        return { hash: createHash('sha256').update(preimage).digest(), amountMsat, feeMsat: route.feeMsat, hops: route.hops.length };
      },
      onionMessages: async ({ signal } = {}) => listen(this.#onions, key, signal),
      sendOnionMessage: async ({ path, type, value }) => {
        this.seen.push(`onion ${value.length}`);
        if (value.length > this.#is.onionBytesMax) throw new PayloadTooLargeError('onion-message', value.length, this.#is.onionBytesMax);
        this.#onionsSent += 1;
        if (this.#is.losesOnion(this.#onionsSent) || !this.#admits(32_834)) return;
        await this.#clock.sleep(20 * path.length);
        for (const inbox of this.#onions.get(path.at(-1)!) ?? []) inbox.push({ type, value, encrypted: new Uint8Array(0) });
      },
      peerMessages: async ({ signal } = {}) => listen(this.#peers, key, signal),
      sendPeerMessage: async ({ to, type, data }) => {
        const other = this.#names.findIndex((peer) => keyOf(peer) === to);
        this.seen.push(`peer ${data.length}`);
        if (this.#down.has(linkOf(index, other))) throw new PeerError('not connected');
        await this.#clock.sleep(1);
        if (data.length > this.#is.peerBytesMax) {
          this.#down.add(linkOf(index, other));
          throw new PeerError('peer exiting');
        }
        for (const inbox of this.#peers.get(to) ?? []) inbox.push({ from: key, type, data });
      },
    };
  }

  relay(name: string, index: number): RelayClient {
    const routes: LedgerRoute[] = [];
    return {
      node: name,
      publicKey: keyOf(name),
      pages: noPages,
      messages: noMessages(),
      own: fakeOwnNode,
      invoices: fakeInvoices,
      hello: fakeHello,
      events: async () => new Inbox<never>(1),
      ledger: async (): Promise<RelayLedger> => ({
        deliveredMsat: routes.reduce((sum, { deliveredMsat }) => sum + deliveredMsat, 0),
        feesMsat: routes.reduce((sum, { earnedMsat }) => sum + earnedMsat.reduce((all, fee) => all + fee, 0), 0),
        receivedMsat: 0,
        htlcsSettled: routes.length,
        htlcsFailed: 0,
        budgetMsat: 1e9,
        routes,
      }),
      sendUnits: async ({ id, to, carrier, unitBytes = this.#is.unitBytesMax, count, inFlight = 1, ratePerS }) => {
        this.seen.push(`units ${carrier} ${count} ${inFlight ?? ''}${ratePerS === undefined ? '' : `@${ratePerS.toFixed(3)}`}`);
        if (unitBytes > this.#is.unitBytesMax) throw new PayloadTooLargeError(carrier, unitBytes, this.#is.unitBytesMax);
        const units = { bytes: 0, arrivedMs: [] as number[], latencyMs: [] as number[] };
        this.#units.set(id, units);
        const startMs = this.#clock.now();
        // Closed loop: each of the window takes latencyMs, and no more than unitsPerS go through.
        const everyMs = 1_000 / (ratePerS ?? Math.min(this.#is.unitsPerS, (inFlight * 1_000) / this.#is.latencyMs));
        for (let unit = 0; unit < count; unit++) {
          if (unit > 0) await this.#clock.sleep(everyMs);
          if (ratePerS !== undefined && ratePerS > this.#is.unitsPerS && unit % 10 === 9) continue;
          if (carrier === 'onion-message' && !this.#admits(32_834)) continue;
          units.bytes += unitBytes;
          units.arrivedMs.push(this.#clock.now() + this.#is.latencyMs);
          units.latencyMs.push(this.#is.latencyMs);
        }
        await this.#clock.sleep(this.#is.latencyMs);
        return { hops: Math.abs(this.#index(to) - index), unitBytes, sent: count, failed: 0, startMs, endMs: this.#clock.now() };
      },
      receivedUnits: async (id) => {
        const { bytes, arrivedMs, latencyMs } = this.#units.get(id) ?? { bytes: 0, arrivedMs: [], latencyMs: [] };
        return { count: arrivedMs.length, bytes, firstMs: arrivedMs[0] ?? 0, lastMs: arrivedMs.at(-1) ?? 0, latencyMs, arrivedMs };
      },
      openSession: async ({ exit, identity = 'anonymous' }): Promise<RelaySession> => ({
        id: 's',
        identity,
        hops: Math.abs(this.#index(exit) - index),
        connect: async () => this.#tunnelled(),
        openUdp: async () => {
          throw new RefusedError('no UDP here');
        },
        openIp: async () => {
          throw new RefusedError('no TUN here');
        },
        ping: async () => {
          await this.#clock.sleep(2 * this.#is.latencyMs);
          return 2 * this.#is.latencyMs;
        },
        stats: async () => ({
          unitsSent: 0,
          unitsReceived: 0,
          unitsLost: 0,
          bytesSent: 0,
          bytesReceived: 0,
          datagramsSent: 0,
          datagramsReceived: 0,
          datagramsDropped: 0,
          moves: 0,
        }),
        [Symbol.asyncDispose]: async () => {},
      }),
    };
  }

  /** A socket whose far end is the origin; each chunk down takes latencyMs. */
  #tunnelled(): Duplex {
    const slowly = (change: (chunk: Buffer) => Buffer) =>
      new Transform({
        transform: (chunk: Buffer, _, done) => {
          void this.#clock.sleep(this.#is.latencyMs).then(() => done(null, change(chunk)));
        },
      });
    const up = slowly((chunk) => chunk);
    const down = slowly(this.#is.tamper);
    const [upOut, downIn] = [new PassThrough(), new PassThrough()];
    up.pipe(upOut);
    downIn.pipe(down);
    serveOrigin(Duplex.from({ readable: upOut, writable: downIn }), () => this.#clock.now());
    return Duplex.from({ readable: down, writable: up });
  }

  #route(from: number, destination: string, amountMsat: number): Route {
    const to = this.#index(destination);
    const hops = this.#names.slice(from + 1, to + 1).map((name, at, all) => {
      const left = all.length - 1 - at;
      const forwardMsat = amountMsat + Math.max(0, left - 1) * FEE_MSAT;
      return { publicKey: keyOf(name), channel: `${at}`, forwardMsat, feeMsat: left > 0 ? FEE_MSAT : 0, expiry: 300 };
    });
    return { hops, amountMsat, feeMsat: (hops.length - 1) * FEE_MSAT, payloadBytesMax: 1_156, staleAtHeight: 400, native: null };
  }

  #admits(bytes: number): boolean {
    const { peerKbps, peerBurstBytes } = this.#is.limiter;
    if (peerKbps === 0) return true;
    const nowMs = this.#clock.now();
    this.#tokens = Math.min(peerBurstBytes, this.#tokens + ((nowMs - this.#tokensAtMs) * peerKbps) / 8);
    this.#tokensAtMs = nowMs;
    if (this.#tokens < bytes) return false;
    this.#tokens -= bytes;
    return true;
  }

  #neighbours(index: number): number[] {
    return [index - 1, index + 1].filter((other) => other >= 0 && other < this.#names.length);
  }

  #index(key: string): number {
    return this.#names.findIndex((name) => keyOf(name) === key);
  }
}

const keyOf = (name: string) => `02${createHash('sha256').update(name).digest('hex')}`;
const linkOf = (one: number, other: number) => `${Math.min(one, other)}-${Math.max(one, other)}`;

function listen<T>(all: Map<string, Set<Inbox<T>>>, key: string, signal: Waiting['signal']): AsyncIterable<T> {
  const inboxes = all.get(key) ?? new Set();
  all.set(key, inboxes);
  const inbox = new Inbox<T>(100, () => inboxes.delete(inbox));
  inboxes.add(inbox);
  signal?.addEventListener('abort', () => inbox.end(), { once: true });
  return inbox;
}
