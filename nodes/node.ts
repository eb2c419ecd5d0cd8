/**
 * THE SEAM. What a node is, whichever network it stands on: types only, no code.
 * nodes/lnd makes a Node of a running LND, nodes/simulated of a model; nodes/relay and sim/workload speak to nothing else.
 * What each call promises is tested once for both networks in test/network-contract.ts.
 *
 * Amounts are whole millisatoshi in a `number` (2^53 msat is 90,000 BTC). Public keys are 66 hex characters, hashes and
 * preimages 32 bytes. Times are milliseconds of the network's own clock, with microsecond resolution.
 */
import type { Duplex } from 'node:stream';
import type { ProcessEndedError } from './errors.ts';
import type { Faults } from './faults.ts';
import type { CarrierKind, NetworkPlan, PaymentMode, Price, RelayPlan } from './plan.ts';
import type { TimedEvent } from './relay-events.ts';
import type { RelayHello, RelayHelloRequest } from './relay-hello.ts';
import type { RelayInvoices } from './relay-invoices.ts';
import type { RelayMessages } from './relay-messages.ts';
import type { RelayOwnNode } from './relay-own-node.ts';

export interface Waiting {
  readonly signal?: AbortSignal | undefined;
}

/** Wall time on real nodes, virtual time when simulated. Engine and workloads know no other. */
export interface Clock {
  readonly kind: 'wall' | 'virtual';
  /** Milliseconds since an epoch of the clock's own. */
  now(): number;
  /** Rejects with the signal's reason when aborted. `ms` may be 0: lets everything else that is due go first. */
  sleep(ms: number, waiting?: SleepOptions): Promise<void>;
}

export interface SleepOptions extends Waiting {
  /** For an alarm that should not go off, as a run's time limit: virtual time does not pass for its sake. */
  readonly passive?: boolean;
}

/** Seeded when simulated, the operating system's when real. */
export interface Random {
  bytes(length: number): Uint8Array;
  /** Uniform in [0, 1). */
  float(): number;
}

/** A network that is up: heights equal, channels active, every node knowing every edge. Disposing it leaves nothing behind. */
export interface Network extends AsyncDisposable {
  readonly kind: 'docker' | 'simulated';
  readonly plan: NetworkPlan;
  readonly clock: Clock;
  /** In the plan's order. */
  readonly nodes: ReadonlyMap<string, Node>;
  /** Relays by the name of the node that each stands beside. */
  readonly relays: ReadonlyMap<string, RelayClient>;
  /** Machines with a TUN device, by the name of the node whose relay carries their packets. */
  readonly tunnelEnds?: ReadonlyMap<string, TunnelMachine> | undefined;
  /** What may go wrong on purpose; absent: nothing may. */
  readonly faults?: Faults | undefined;
  readonly phases: readonly Phase[];
  /** e.g. { lnd: '0.21.3-beta', bitcoind: '29.4.0' }; { model: '1' } when simulated. */
  readonly versions: Readonly<Record<string, string>>;
  /** Image reference → image id; empty when simulated. */
  readonly images: Readonly<Record<string, string>>;
  /** The disk under the first node's data; absent where there is none. */
  dataVolume?(waiting?: Waiting): Promise<DataVolume | null>;
  /** What became of the links between nodes so far; absent where no proxy stands between any. */
  linkFindings?(waiting?: Waiting): Promise<readonly LinkFindings[]>;
  /** Payments between all nodes at once, sent and tried again inside the network itself; absent where that cannot be: on docker. */
  readonly traffic?: ((request: TrafficRequest) => Promise<TrafficEnded>) | undefined;
  /** All balances by node, at this instant, where they can be had without asking each node. */
  readonly balances?: (() => ReadonlyMap<string, Balance>) | undefined;
  /**
   * By node, what its LND says that it paid, fees included, in payments begun since a time of `clock`. Absent where LND's word and its
   * balances cannot differ.
   */
  paidMsat?(sinceMs: number, waiting?: Waiting): Promise<ReadonlyMap<string, number>>;
  /** Processes that ended though nothing was to end them, found since the last call; absent where none can. */
  endedAlone?(): Promise<readonly ProcessEndedError[]>;
  /** Resolves when no HTLC is pending on any channel and every LND's balances are still. Deadline 30 s. */
  quiet(waiting?: Waiting): Promise<void>;
  /** What every node's processes have used so far; empty where there is no machine to use, as when simulated. */
  usage(waiting?: Waiting): Promise<readonly Usage[]>;
  /** Writes one file per process (node, relay, bitcoind) to the folder, which exists. */
  writeLogs(folder: string, waiting?: Waiting): Promise<void>;
}

/** What a node's database is written to: every commitment waits until it is. */
export interface DataVolume {
  readonly storage: 'disk' | 'tmpfs';
  /** Writes of 4 KiB, each on the disk before the next. */
  readonly fsyncsPerS: number;
}

/** One edge of the plan's links: what it carried, and how far the proxy strayed from the model. */
export interface LinkFindings {
  readonly ends: readonly [string, string];
  /** Each reconnect is one more. */
  readonly connections: number;
  /** By the end that sent. */
  readonly bytes: readonly [number, number];
  /** By how many ms pieces left at another time than the model said, either way; null where nothing was shaped. */
  readonly error: { readonly count: number; readonly p50: number; readonly p99: number; readonly max: number } | null;
  /** Connections of these peers that did not go through the proxy, in words: there should be none. */
  readonly dialledPast: readonly string[];
}

/** Open loop: every payment has an instant at which it is meant to be sent, whatever became of the others. */
export interface TrafficRequest extends Waiting {
  readonly durationMs: number;
  /** How often a node's capacity is sent in 30 days. */
  readonly multiplier: number;
  /** Payments a second by all nodes, instead of what the multiplier comes to; null: that. */
  readonly ratePerS: number | null;
  readonly meanAmountMsat: number;
  /** Of a payment's amount, and at least `feeLimitMsat`. */
  readonly feeLimitShare: number;
  readonly feeLimitMsat: number;
  /** A payment is given up after so long. */
  readonly timeoutMs: number;
  /** Nobody sends more once this many were. */
  readonly paymentsMax: number;
  /** Called at the instant at which each ends. */
  readonly ended: (payment: TrafficPayment) => void;
}

/** Public keys are not told: to make them all would cost more than the payments. */
export interface TrafficPayment {
  readonly amountMsat: number;
  readonly latencyMs: number;
  readonly attempts: number;
  /** null: settled. Else LND's word for why not. */
  readonly failure: string | null;
  /** Of the route that settled; 0 when none did. */
  readonly hops: number;
  readonly feeMsat: number;
}

export interface TrafficEnded {
  /** Nodes that sent, and payments a second that they were to send in the mean. */
  readonly senders: number;
  readonly ratePerS: number;
  readonly payments: number;
  /** Events of the model, its HTLCs and its path searches meanwhile. */
  readonly events: number;
  readonly searches: number;
  /** By node: what its balance changed by, as the payments say that settled. */
  readonly changes: ReadonlyMap<string, { readonly paidMsat: number; readonly earnedMsat: number; readonly receivedMsat: number }>;
  /** What settled, by the channel's number in the plan; those that carried nothing are left out. */
  readonly carried: readonly { readonly channel: number; readonly htlcs: number; readonly msat: number }[];
  readonly htlcsSettled: number;
  readonly htlcsFailed: number;
  readonly feesMsat: number;
}

/** A machine at an end of an IP tunnel: it has a kernel, or a model of one, and programs that know nothing of Lightning. */
export interface TunnelMachine {
  /** Without the subnet's bits. */
  readonly address: string;
  /** The longest packet that its TUN device takes; programs cut their own to fit. */
  setMtu(bytes: number, waiting?: Waiting): Promise<void>;
  /** ICMP echoes, one after the other; what got no answer is not among the round trips. */
  ping(request: PingRequest): Promise<readonly number[]>;
  /** iperf3 to another machine; absent where no kernel is. */
  iperf?(request: IperfRequest): Promise<IperfResult>;
  /** curl from the HTTP server of another machine, SHA-256 of what came; absent where no kernel is. */
  download?(request: DownloadRequest): Promise<DownloadResult>;
}

export interface PingRequest extends Waiting {
  readonly to: string;
  readonly count: number;
  readonly intervalMs: number;
  /** Of the echo's data. */
  readonly bytes: number;
}

export interface IperfRequest extends Waiting {
  readonly to: string;
  readonly protocol: 'tcp' | 'udp';
  /** Towards the far machine, or from it. */
  readonly direction: 'up' | 'down';
  readonly durationMs: number;
  /** What UDP offers. */
  readonly bytesPerS?: number;
  /** A UDP datagram's, so that with its headers it fits the MTU. */
  readonly datagramBytes?: number;
}

export interface IperfResult {
  /** At the receiving end. */
  readonly bytesPerS: number;
  /** Of UDP's datagrams; null for TCP. */
  readonly lossRatio: number | null;
}

export interface DownloadRequest extends Waiting {
  readonly to: string;
  readonly bytes: number;
  readonly seed: string;
}

export interface DownloadResult {
  readonly bytes: number;
  readonly sha256: string;
  readonly ms: number;
}

/** One step of bring-up, in order, e.g. { name: 'channels active', ms: 400 }. */
export interface Phase {
  readonly name: string;
  readonly ms: number;
}

/** Since the node's processes started. */
export interface Usage {
  readonly node: string;
  readonly lndCpuMs: number;
  /** null: no relay stands beside it. */
  readonly relayCpuMs: number | null;
  /** LND's databases of channels, payments and onions, up to the highest page in use. */
  readonly databaseBytes: number;
  /** What the relay's process holds now; absent: none runs. */
  readonly relay?: RelayUsage | undefined;
}

export interface RelayUsage {
  readonly memoryBytes: number;
  readonly descriptors: number;
  /** When it started, since the machine did: one that started anew has another. */
  readonly startedTicks: number;
}

/** A custom TLV record: type ≥ 65536. */
export interface TlvRecord {
  readonly type: number;
  readonly value: Uint8Array;
}

export interface Channel {
  /** Short channel id as in BOLT 7, "block x transaction x output". */
  readonly id: string;
  readonly partner: string;
  readonly capacitySat: number;
  readonly localBalanceSat: number;
  readonly remoteBalanceSat: number;
  readonly active: boolean;
  readonly pendingHtlcs: number;
}

export interface ChannelPolicy {
  readonly feeBaseMsat: number;
  readonly feeProportionalMillionths: number;
  readonly cltvExpiryDelta: number;
  readonly htlcMinimumMsat: number;
  /** Absent: what LND announces by itself, the capacity less the reserve. */
  readonly htlcMaximumMsat?: number;
}

export interface GraphNode {
  readonly publicKey: string;
  readonly alias: string;
  readonly features: readonly number[];
}

export interface GraphEdge {
  readonly id: string;
  readonly capacitySat: number;
  /** Both ends, in the order of BOLT 7 (lesser key first), each with its policy for what it forwards out over this channel; null when unknown. */
  readonly ends: readonly [GraphEnd, GraphEnd];
}

export interface GraphEnd {
  readonly publicKey: string;
  readonly policy: ChannelPolicy | null;
  readonly disabled: boolean;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** A path with its amounts fixed, to be paid again and again without path-finding. Hops after the payer's node, destination last. */
export interface Route {
  readonly hops: readonly RouteHop[];
  readonly amountMsat: number;
  readonly feeMsat: number;
  /** Largest value of one custom record at the destination beside a keysend, in bytes, exact for this route (BOLT 4, 1300 B). */
  readonly payloadBytesMax: number;
  /** Block height after which LND will refuse its time-locks: ask for the route again from then on. */
  readonly staleAtHeight: number;
  /** What the implementation needs to pay it; opaque. */
  readonly native: unknown;
}

export interface RouteHop {
  readonly publicKey: string;
  readonly channel: string;
  readonly forwardMsat: number;
  readonly feeMsat: number;
  readonly expiry: number;
}

export interface PayRequest extends Waiting {
  /** A route to pin, or a destination's public key for LND to find a path to. */
  readonly to: Route | string;
  /** With a route it must equal the route's. */
  readonly amountMsat: number;
  /** Keysend: the hash is SHA-256 of it, and it travels in record 5482373484. */
  readonly preimage: Uint8Array;
  /** Custom records for the destination, beside the keysend record. */
  readonly records?: readonly TlvRecord[];
  /**
   * Custom records of update_add_htlc, for the first peer: further on only as far as forwards are intercepted and told to take them
   * along. Above WIRE_RECORDS_BYTES_MAX (nodes/onion.ts) in all they are refused, since LND would lose the channel over them.
   */
  readonly wireRecords?: readonly TlvRecord[];
  /** Never without: the payment fails rather than cost more. */
  readonly maxFeeMsat: number;
  /** Deadline of one payment. Default 60 s. */
  readonly timeoutMs?: number;
  /** Bypass our guards and ask the node itself. Only the size-limit workload does. */
  readonly probe?: boolean;
}

export interface Payment {
  readonly hash: Uint8Array;
  readonly amountMsat: number;
  readonly feeMsat: number;
  readonly hops: number;
  /** The way it took, destination last, where its payer did not pin one. */
  readonly route?: readonly Pick<RouteHop, 'publicKey' | 'feeMsat'>[];
}

export interface CreateInvoiceRequest extends Waiting {
  /** At least 1: an invoice over any amount is not made here. */
  readonly amountMsat: number;
  /** What it is for; everyone who has the request reads it. At most INVOICE_MEMO_BYTES_MAX (nodes/invoice-limits.ts). */
  readonly memo?: string;
  /** Default: an hour. */
  readonly expiryS?: number;
}

export interface CreatedInvoice {
  readonly hash: Uint8Array;
  /** What the payer is given: BOLT 11 of a real node, a format of its own of a simulated one. */
  readonly request: string;
}

/** What a request says, before anything is paid. */
export interface InvoiceTerms {
  readonly hash: Uint8Array;
  /** The payee's public key. */
  readonly payee: string;
  /** 0: any amount. */
  readonly amountMsat: number;
  readonly memo: string;
  readonly expiryS: number;
}

export interface PayInvoiceRequest extends Waiting {
  readonly request: string;
  /** Never without: the payment fails rather than cost more. */
  readonly maxFeeMsat: number;
  /** Deadline of the payment. Default 60 s. */
  readonly timeoutMs?: number;
}

export interface InvoiceState {
  /** `accepted`: an HTLC is there and not settled yet. `cancelled`: expired too. */
  readonly state: 'open' | 'accepted' | 'settled' | 'cancelled';
  readonly request: string;
  readonly amountMsat: number;
  readonly memo: string;
  /** 0 until it is settled. */
  readonly receivedMsat: number;
}

/** `lost`: begun by a process of the node that has ended since, and no channel holds its HTLC. It never left, though the node goes on waiting. */
export type PaymentState =
  | { readonly state: 'unknown' }
  | { readonly state: 'pending' }
  | { readonly state: 'lost' }
  | { readonly state: 'failed'; readonly reason: string }
  | ({ readonly state: 'settled' } & Payment);

export interface ReceivedPayment {
  readonly hash: Uint8Array;
  readonly amountMsat: number;
  /** The onion's custom records, the keysend record among them, and the wire records that came with it. */
  readonly records: readonly TlvRecord[];
}

/** An HTLC on its way through this node, held until it is answered. */
export interface Forward {
  /** The HTLC's number on its incoming channel, unique among all forwards of this node. */
  readonly id: string;
  /** Short channel ids. */
  readonly incoming: string;
  readonly outgoing: string;
  readonly hash: Uint8Array;
  /** What is passed on. */
  readonly amountMsat: number;
  /** Of the update_add_htlc that brought it, in no order; LND adds one of its own (106823). */
  readonly wireRecords: readonly TlvRecord[];
}

/** On, as if nobody had asked: LND then drops the wire records but its own. Or on with these beside LND's own. */
export type ForwardAnswer = 'resume' | { readonly resumeWith: readonly TlvRecord[] };
export type AnswerForward = (forward: Forward) => ForwardAnswer | Promise<ForwardAnswer>;

/** An HTLC for this node that is about to settle. */
export interface ExitHtlc {
  readonly hash: Uint8Array;
  /** What would settle it, where it is known already: a keysend's is. */
  readonly preimage: Uint8Array | null;
  readonly amountMsat: number;
  readonly wireRecords: readonly TlvRecord[];
}

/** `cancel`: the payment fails with INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS and costs its payer nothing. */
export type ExitAnswer = 'accept' | 'cancel';
export type AnswerExitHtlc = (htlc: ExitHtlc) => ExitAnswer | Promise<ExitAnswer>;

export interface PeerMessage {
  readonly from: string;
  /** ≥ 32768 and odd. */
  readonly type: number;
  readonly data: Uint8Array;
}

export interface PeerMessageRequest extends Waiting {
  readonly to: string;
  readonly type: number;
  readonly data: Uint8Array;
  readonly probe?: boolean;
}

/** 1366 B, or up to 65,498 B; the smallest listed that holds the value is built. BOLT 4 recommends 1366 and 32834. */
export type OnionBytes = 1366 | 32834 | 65498;

/** BOLT 4's blinded path, as nodes/blinded-path.ts makes it: a way to a node that does not say which. */
export interface BlindedPath {
  /** The first node on it, in clear: a public key. */
  readonly introduction: string;
  /** What the introduction node takes its part with: a point of 33 bytes. */
  readonly pathKey: Uint8Array;
  /** The introduction node first, the recipient last, each by its blinded key (33 bytes) and what it alone can read. */
  readonly hops: readonly { readonly publicKey: Uint8Array; readonly encrypted: Uint8Array }[];
}

export interface OnionMessageRequest extends Waiting {
  /** Public keys from the first peer to the destination, or to the introduction node of `to`. */
  readonly path: readonly string[];
  /** Goes on along this blinded path from the end of `path`. */
  readonly to?: BlindedPath | undefined;
  /** Odd, ≥ 65537. */
  readonly type: number;
  readonly value: Uint8Array;
  /** The largest packet that may be built. Default 32834. */
  readonly onionBytesMax?: OnionBytes;
  readonly probe?: boolean;
}

export interface OnionMessage {
  readonly type: number;
  readonly value: Uint8Array;
  /** The last `encrypted` of the blinded path it came along: by it a recipient knows which of its own paths was used, if any. */
  readonly encrypted: Uint8Array;
}

/**
 * One Lightning node. Every failure is one of nodes/errors.ts. Subscriptions begin when the call returns its iterable
 * resolved (`await node.peerMessages(...)`), end when the signal aborts or the iterator returns, and hold a bounded number
 * of items: past the bound the newest is dropped and counted, since LND itself cannot be made to wait.
 */
export interface Node {
  readonly name: string;
  readonly publicKey: string;

  height(waiting?: Waiting): Promise<number>;
  channels(waiting?: Waiting): Promise<readonly Channel[]>;
  graph(waiting?: Waiting): Promise<Graph>;
  /** Sets an odd feature bit in this node's announcement, or takes it back; that it is so already is no error. Gossip takes its time. */
  announceFeature(bit: number, announced: boolean, waiting?: Waiting): Promise<void>;
  /** Sum over channels of what is this node's, exact to the msat, commit fees and anchors excluded. */
  balanceMsat(waiting?: Waiting): Promise<Balance>;

  /** The cheapest route LND finds for this amount; throws NoRouteError. `via` pins the public keys, destination last. */
  route(request: RouteRequest): Promise<Route>;
  /**
   * Settled, or throws PaymentFailedError, PayloadTooLargeError, FeeLimitError. A failed payment moved no balance. DeadlineError: over a
   * pinned route LND knows no end after `timeoutMs`, since a node holds the HTLC or is gone; `lookUpPayment` tells what becomes of it.
   */
  pay(request: PayRequest): Promise<Payment>;
  lookUpPayment(hash: Uint8Array, waiting?: Waiting): Promise<PaymentState>;
  createInvoice(request: CreateInvoiceRequest): Promise<CreatedInvoice>;
  /** Asks nobody but this node. @throws ScenarioError for a request that is none of this network. */
  decodeInvoice(request: string, waiting?: Waiting): Promise<InvoiceTerms>;
  /**
   * Over the ways that LND finds, in one part; the payment says which it took. Settled, or throws ScenarioError, PaymentFailedError (an
   * invoice that was paid already or has expired too) or FeeLimitError. A failed payment moved no balance.
   */
  payInvoice(request: PayInvoiceRequest): Promise<Payment>;
  /** One that this node made; null: none with this hash. */
  lookUpInvoice(hash: Uint8Array, waiting?: Waiting): Promise<InvoiceState | null>;
  /** Keysends that settled here from the call on. */
  receivedPayments(waiting?: Waiting): Promise<AsyncIterable<ReceivedPayment>>;

  /**
   * Asks about every forward from here on; resolves once LND does. Goes on until the signal aborts, over restarts of LND. Who fails to
   * answer within HTLC_ANSWER_MS (nodes/htlc-answer.ts), or by throwing, has answered `resume`, as has one who stopped. Many are asked
   * about at once. A node has one such program: throws LndError when another is there.
   */
  interceptForwards(answer: AnswerForward, waiting?: Waiting): Promise<void>;
  /** The same for HTLCs that end here, one after the other; without an answer they are accepted, as if nobody had asked. */
  modifyExitHtlcs(answer: AnswerExitHtlc, waiting?: Waiting): Promise<void>;

  /** Resolves when LND has written it to its socket: no verdict on arrival. Throws PayloadTooLargeError, PeerError. */
  sendPeerMessage(request: PeerMessageRequest): Promise<void>;
  peerMessages(waiting?: Waiting): Promise<AsyncIterable<PeerMessage>>;
  /** Resolves when LND took it: no verdict, and a limiter on the way drops it silently. Throws PayloadTooLargeError, PeerError. */
  sendOnionMessage(request: OnionMessageRequest): Promise<void>;
  onionMessages(waiting?: Waiting): Promise<AsyncIterable<OnionMessage>>;

  peers(waiting?: Waiting): Promise<readonly string[]>;
  /** `socket` is host:port; when simulated any string. */
  connect(publicKey: string, socket: string, waiting?: Waiting): Promise<void>;
  disconnect(publicKey: string, waiting?: Waiting): Promise<void>;
  /** Where other nodes of the network dial this one. */
  readonly socket: string;

  /** LND's zbase32 signature over a message, and the key it verifies to (null when it does not). */
  sign(message: Uint8Array, waiting?: Waiting): Promise<string>;
  verify(message: Uint8Array, signature: string, waiting?: Waiting): Promise<string | null>;
  /** SHA-256 of the compressed shared point with this node's key, as BOLT 8 takes it. */
  ecdh(publicKey: string, waiting?: Waiting): Promise<Uint8Array>;
}

export interface Balance {
  readonly localMsat: number;
  readonly remoteMsat: number;
  /** In HTLCs that are not settled yet. */
  readonly unsettledMsat: number;
}

export interface RouteRequest extends Waiting {
  readonly destination: string;
  readonly amountMsat: number;
  readonly maxFeeMsat: number;
  readonly via?: readonly string[];
}

// ---- The relay beside a node, as workloads see it: over HTTP and SOCKS5 on docker, the engine itself when simulated.

export interface RelayClient {
  readonly node: string;
  readonly publicKey: string;
  /** A session to the relay beside `exit` (a public key); the handshake has ended when it resolves. */
  openSession(request: SessionRequest): Promise<RelaySession>;
  /** The raw carrier, without session or acknowledgement: units of random bytes, stamped, from here to the relay beside `to`. */
  sendUnits(request: UnitsRequest): Promise<UnitsSent>;
  /** What arrived here of the units sent under this id. */
  receivedUnits(id: string, waiting?: Waiting): Promise<UnitsReceived>;
  /** What this relay paid and was paid, exact. */
  ledger(waiting?: Waiting): Promise<RelayLedger>;
  readonly pages: RelayPages;
  readonly messages: RelayMessages;
  /** The node it stands beside. */
  readonly own: RelayOwnNode;
  readonly invoices: RelayInvoices;
  /** What another relay says of itself; nothing is opened there and nothing paid. @throws NoRouteError, AnonymityError, DeadlineError */
  hello(request: RelayHelloRequest): Promise<RelayHello>;
  /** What happens here from the call on. A slow reader is told how many it missed. */
  events(waiting?: Waiting): Promise<AsyncIterable<TimedEvent>>;
}

export interface SessionRequest extends Waiting {
  readonly exit: string;
  /** 'auto': chosen when the session starts, by what the way supports, price and size. */
  readonly carrier: CarrierKind | 'auto';
  /** How much it is to carry, where the caller knows: for 'auto'. */
  readonly bytes?: number;
  /** For onion messages: the largest packet. Default 32834. */
  readonly onionBytesMax?: OnionBytes;
  /** What the session may pay in all, fees included, beside the relay's own bounds. */
  readonly budgetMsat?: number;
  /**
   * 'anonymous' (default): the exit learns neither the node's key nor its channels; AnonymityError where the network leaves no way for
   * answers but past the exit alone. 'named': the exit is told the node's key, and that key is proven.
   */
  readonly identity?: Identity;
}

export type Identity = 'anonymous' | 'named';

/** What 'auto' came to, and why. */
export interface CarrierChoice {
  readonly carrier: CarrierKind;
  readonly reason: string;
}

export interface RelaySession extends AsyncDisposable {
  readonly id: string;
  readonly identity: Identity;
  /** Where 'auto' was asked for. */
  readonly choice?: CarrierChoice | undefined;
  /** Channels crossed. */
  readonly hops: number;
  /** Why it is over, once it is; only where the engine itself is at hand, not over HTTP. */
  readonly ended?: Error | undefined;
  /** A TCP connection made by the exit; rejects with RefusedError when its allowlist has no such target. */
  connect(host: string, port: number, waiting?: Waiting): Promise<Duplex>;
  /** Datagrams to one UDP port that the exit reaches, and the answers from there; rejects as `connect` does. */
  openUdp(host: string, port: number, waiting?: Waiting): Promise<UdpFlow>;
  /** Joins the machine with a TUN device beside this relay to the one beside the exit's; RefusedError where one is missing or in use. */
  openIp(waiting?: Waiting): Promise<IpTunnel>;
  /** One small authenticated message there and back through the session, in ms of the network's clock. */
  ping(waiting?: Waiting): Promise<number>;
  stats(waiting?: Waiting): Promise<SessionStats>;
  /** Unreliable messages beside the streams; only where the engine itself is at hand, not over HTTP. */
  readonly datagrams?: SessionDatagrams;
  readonly payment?: SessionPayment;
}

/** What the carrier loses of them is not sent again, and what does not fit into a bounded queue is dropped: as UDP and IP want it. */
export interface SessionDatagrams {
  /** Longest one by the circuit's mtu now; it may change when the session moves to another circuit. */
  readonly datagramBytesMax: number;
  /** False when it was dropped at once: too long, no room, or the session is over. The bytes are not copied until it leaves. */
  sendDatagram(flow: number, bytes: Uint8Array): boolean;
  /** One listener a flow; the returned function ends it. Throws SessionError past the limit of flows. */
  onDatagram(flow: number, listener: DatagramListener): () => void;
}

export type DatagramListener = (bytes: Uint8Array) => void;

/** Datagrams to one address and port, and those that come from there and nowhere else. Any of them may be lost. */
export interface UdpFlow {
  /** The longest that fits now. */
  readonly bytesMax: number;
  /** False when it was dropped at once: too long, no room, or closed. */
  send(bytes: Uint8Array): boolean;
  /** One listener, a later one in its place; what comes while there is none is dropped. */
  onDatagram(listener: (bytes: Uint8Array) => void): void;
  /** Runs once: closed here, idle for too long, or the way is gone. At once when it is closed already. */
  onClosed(listener: (reason: Error) => void): void;
  close(): void;
}

/**
 * Paying an exit for a session whose carrier pays nothing. Every payment is a keysend to the exit's node, bound to this session by a secret
 * that only its two ends know. What is paid in all is bounded by the budgets of session and relay.
 */
export interface SessionPayment {
  /** The exit's terms, signed with its node key; stands for `validForMs`. @throws ContractError when it serves for nothing, or the signature is wrong */
  quote(waiting?: Waiting): Promise<Quote>;
  /** Mode contract: takes so many whole MiB or minutes of a quote and pays them. @throws ContractError, FeeLimitError, PaymentFailedError */
  accept(nonce: string, units: number, waiting?: Waiting): Promise<ServiceAccount>;
  /** Mode contract: more of the same, under the quote that was accepted or, once that expired, under a new one that asks no more. */
  refresh(units: number, waiting?: Waiting): Promise<ServiceAccount>;
  /** Mode prepaid: any amount ahead. */
  prepay(amountMsat: number, waiting?: Waiting): Promise<ServiceAccount>;
  /** Mode window: from now on pays what was served, as both ends counted it, up to so much in all. */
  payAsServed(maxMsat: number, waiting?: Waiting): Promise<ServiceAccount>;
  /** Ends the service: nothing more is served, and what was not used is not paid back. */
  close(waiting?: Waiting): Promise<ServiceAccount>;
  account(waiting?: Waiting): Promise<ServiceAccount>;
}

export interface Quote {
  /** Whose node key signed it. */
  readonly exit: string;
  /** The session it is for: nobody else's. */
  readonly session: string;
  readonly mode: PaymentMode;
  readonly price: Price;
  /** Mode window: bytes served before they are paid; otherwise 0. */
  readonly windowBytes: number;
  readonly unitsMax: number;
  /** By the exit's clock. */
  readonly atMs: number;
  readonly validForMs: number;
  /** 32 hex characters. */
  readonly nonce: string;
  /** LND's zbase32 signature over all of the above (nodes/relay/payment/quote.ts). */
  readonly signature: string;
}

/** A session's service as its exit accounts for it, beside what this end saw. */
export interface ServiceAccount {
  readonly mode: PaymentMode | 'free';
  /** `unpaid`: nothing was ever paid; `paused`: it ran out and waits to be paid. */
  readonly state: 'free' | 'unpaid' | 'active' | 'paused' | 'closed';
  readonly price: Price | null;
  /** Both ways, as the exit counts, and as this end does. */
  readonly servedBytes: number;
  readonly countedBytes: number;
  /** What reached the exit for this session, and what this end paid for it with all fees. */
  readonly paidMsat: number;
  readonly spentMsat: number;
  readonly dueMsat: number;
  /** Paid, and not used up by a contract. */
  readonly creditMsat: number;
  /** Null where it is not what runs out. */
  readonly leftBytes: number | null;
  readonly leftMs: number | null;
}

/** IP packets between two machines through a session, until it is disposed. What the carrier loses is lost. */
export interface IpTunnel extends AsyncDisposable {
  /** Of the machine beside this relay, with the bits of the subnet: 10.77.0.1/24. */
  readonly address: string;
  /** The longest packet now; a longer one is dropped, and its sender told so by ICMP. */
  readonly mtu: number;
  stats(waiting?: Waiting): Promise<IpTunnelStats>;
  /** Runs once; at once when it is closed already. Only where the engine itself is at hand. */
  onClosed?(listener: (reason: Error) => void): void;
}

/** Counters of the client's end. */
export interface IpTunnelStats {
  readonly packetsOut: number;
  readonly packetsIn: number;
  readonly droppedTooLong: number;
  readonly droppedNoRoom: number;
  /** From or to anybody else than the two ends. */
  readonly droppedForeign: number;
}

/** Counters of the client's end; the exit's own costs stand in its ledger. */
export interface SessionStats {
  readonly unitsSent: number;
  readonly unitsReceived: number;
  readonly unitsLost: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Left in a packet; reached their listener; dropped here: no room, too old or long, or nobody listens to the flow. */
  readonly datagramsSent: number;
  readonly datagramsReceived: number;
  readonly datagramsDropped: number;
  /** How often it went on over another circuit. */
  readonly moves: number;
  /** The circuit it goes by now: public keys after this node. Absent at an exit that is not told them. */
  readonly path?: readonly string[];
}

export interface UnitsRequest extends Waiting {
  readonly id: string;
  readonly to: string;
  readonly carrier: CarrierKind;
  readonly onionBytesMax?: OnionBytes;
  /** Default: the carrier's mtu for this path. */
  readonly unitBytes?: number;
  readonly count: number;
  /** Units in flight (keysend, peer-message), or units per second offered whatever happens (onion-message). */
  readonly inFlight?: number;
  readonly ratePerS?: number;
}

export interface UnitsSent {
  readonly hops: number;
  readonly unitBytes: number;
  readonly sent: number;
  readonly failed: number;
  readonly startMs: number;
  readonly endMs: number;
}

export interface UnitsReceived {
  readonly count: number;
  readonly bytes: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** One per unit, in order of arrival: sent to received. */
  readonly latencyMs: readonly number[];
  /** Arrival times, same order. */
  readonly arrivedMs: readonly number[];
}

export interface RelayLedger {
  /** Settled payments that this relay made: what arrived, what the way cost. */
  readonly deliveredMsat: number;
  readonly feesMsat: number;
  /** Settled payments received from other relays. */
  readonly receivedMsat: number;
  readonly htlcsSettled: number;
  readonly htlcsFailed: number;
  readonly budgetMsat: number;
  /** Per settled payment, for the bench's prediction of every node's balance: routes by the public keys they crossed. */
  readonly routes: readonly LedgerRoute[];
  /** What may be paid within 24 h; absent: no such bound. */
  readonly budgetPerDayMsat?: number;
  /** Paid within the last 24 h, counted in whole hours. */
  readonly spentDayMsat?: number;
  /** Settled payments by session and purpose, the last ones used. */
  readonly accounts?: readonly LedgerAccount[];
}

/**
 * What a payment was for: bytes in the HTLC itself, an exit's service, the passage through a relay on the way, a unit passed on for
 * what it had paid, or an invoice that a caller had paid.
 */
export type PaymentPurpose = 'carriage' | 'prepaid' | 'window' | 'contract' | 'circuit' | 'rendezvous' | 'invoice';

export interface LedgerAccount {
  /** Empty: of no session, as the bench's own units. */
  readonly session: string;
  readonly purpose: PaymentPurpose;
  readonly deliveredMsat: number;
  readonly feesMsat: number;
  readonly htlcs: number;
}

/** Settled payments over one route, summed. `earnedMsat[i]` is what hops[i] kept as its fee; the last hop received `deliveredMsat`. */
export interface LedgerRoute {
  readonly hops: readonly string[];
  readonly earnedMsat: readonly number[];
  readonly deliveredMsat: number;
  readonly htlcs: number;
}

// ---- Pages: sites that relays publish, and fetch from one another (nodes/relay/pages).

export interface RelayPages {
  /** Makes a site of the files and puts it in the place of the one that had the name; on any failure that one stays as it was. */
  publish(request: PublishRequest): Promise<PublishedSite>;
  /** The same in pieces, as they come over the API. @throws RefusedError */
  begin(name: string, waiting?: Waiting): Promise<SiteUpload>;
  /** One that was begun. @throws RefusedError, at once or when it is used. */
  upload(id: string): SiteUpload;
  /** What this relay publishes. */
  sites(waiting?: Waiting): Promise<readonly PublishedSite[]>;
  /**
   * A file of a site: its answer when the manifest is known, its bytes as they are read, each chunk checked before.
   * @throws ScenarioError for a URL that is none, NotFoundError, IntegrityError, RefusedError, and what a session throws.
   */
  get(request: PageRequest): Promise<PageAnswer>;
  /** Over which carrier files are read from now on where a request names none, as the gateway's do not. */
  browseOver(carrier: PageCarrier, waiting?: Waiting): Promise<void>;
  /** Port on this machine of the HTTP gateway for browsers; null where there is none. */
  readonly gatewayPort: number | null;
}

export interface PublishRequest extends Waiting {
  /** Empty: the node's first site. A DNS label otherwise. */
  readonly name?: string;
  /** In any order; paths as in `css/style.css`. */
  readonly files: AsyncIterable<SiteFile> | Iterable<SiteFile>;
  /** Bytes of files read so far. */
  readonly progress?: (bytes: number) => void;
}

/** A site on its way in: chunks, then the manifest's pages, then one word that publishes. Until that word nothing is changed. */
export interface SiteUpload {
  readonly id: string;
  /** Which of these hashes (hex) are not here yet. */
  missing(hashes: readonly string[], waiting?: Waiting): Promise<readonly string[]>;
  chunks(chunks: readonly Uint8Array[], waiting?: Waiting): Promise<void>;
  /** In their order. */
  page(bytes: Uint8Array, waiting?: Waiting): Promise<void>;
  publish(waiting?: Waiting): Promise<PublishedSite>;
  /** Nothing of it stays, unless it was published. */
  cancel(): Promise<void>;
}

export interface SiteFile {
  readonly path: string;
  /** Default: by the path's ending. */
  readonly mime?: string;
  readonly size: number;
  content(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export interface PublishedSite {
  readonly name: string;
  /** Hex. */
  readonly root: string;
  readonly pages: number;
  readonly files: number;
  readonly bytes: number;
  readonly sequence: number;
}

export interface PageCarrier {
  readonly carrier: CarrierKind;
  readonly onionBytesMax?: OnionBytes;
  /** As a session has it. Default: anonymous. */
  readonly identity?: Identity;
}

export interface PageRequest extends Partial<PageCarrier>, Waiting {
  /** `leyden://<node key>/path`, `leyden://<name>.<node key>/path`. */
  readonly url: string;
  /** First and last byte, as HTTP counts them. Default: all. */
  readonly range?: PageRange;
  /** `cold`: no cache, no session that is open already, no name that was looked up before; nothing of it is kept. Default `warm`. */
  readonly from?: 'warm' | 'cold';
  /** A name that was looked up so long ago is believed without asking. Default 60 s. */
  readonly nameAgeMs?: number;
  /** Refuse a file above this. Default: what a manifest may say at most. */
  readonly bytesMax?: number;
}

export interface PageRange {
  readonly first: number;
  /** Default: the file's last. */
  readonly last?: number;
}

export interface PageAnswer {
  readonly path: string;
  readonly mime: string;
  /** Of the whole file. */
  readonly size: number;
  /** Of the whole file, hex. */
  readonly sha256: string;
  readonly root: string;
  readonly sequence: number;
  /** What `body` has: bytes from `first`, so many. */
  readonly first: number;
  readonly bytes: number;
  /** To be read once, or given up by returning from it. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Where a relay keeps pages: small files by name (`cache/3f…`), each there as a whole or not at all. A folder, or memory. */
export interface Shelf {
  get(name: string): Promise<Uint8Array | null>;
  put(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
  /** All below a first segment, what was put longest ago first. */
  list(folder: string): Promise<readonly { readonly name: string; readonly bytes: number }[]>;
}

// ---- What a relay is given. It asks for nothing else, so the same engine runs in virtual time.

export interface RelayEnvironment {
  readonly node: Node;
  readonly plan: RelayPlan;
  readonly clock: Clock;
  readonly random: Random;
  /** All addresses of a name, or the literal address itself. */
  resolve(host: string, waiting?: Waiting): Promise<readonly string[]>;
  /** A TCP connection to an address that was resolved and checked before. */
  dial(address: string, port: number, waiting?: Waiting): Promise<Duplex>;
  /** What outlives this process. */
  readonly journal: Journal;
  /** A UDP socket connected to an address that was resolved and checked before: it hears nobody else. */
  dialUdp(address: string, port: number, waiting?: Waiting): Promise<UdpFlow>;
  /** For sites and what was fetched of others'. */
  readonly shelf: Shelf;
  /** The machine with a TUN device beside this relay, where there is one. */
  readonly tunnelEnd?: PacketPort | undefined;
  /** One line for the log: no keys, preimages or payload. */
  readonly log: Log;
}

export type Log = (line: string) => void;

/** Where the IP packets of one machine come out and go in. */
export interface PacketPort {
  /** The machine's own, with the bits of its subnet: 10.77.0.1/24. */
  readonly address: string;
  /** False when it was dropped for want of room. */
  send(packet: Uint8Array): boolean;
  /** One listener. */
  onPacket(listener: (packet: Uint8Array) => void): void;
}

/** Records by key that outlive the relay's process: a file beside a real node, memory in virtual time. Whoever writes keeps them bounded. */
export interface Journal {
  /** Every record whose key begins so, in order of keys. */
  read(prefix: string): readonly (readonly [key: string, value: string])[];
  /**
   * All of it or nothing, in the order of calls; resolves when neither a crash nor a power cut can lose it.
   * `lazy`: may wait for the next write that is not, a second at most. @throws InfrastructureError
   */
  write(changes: readonly JournalChange[], options?: { readonly lazy?: boolean }): Promise<void>;
}

export interface JournalChange {
  readonly key: string;
  /** null: forget it. */
  readonly value: string | null;
}

/** A relay in this process, as nodes/simulated starts them and `sim node` does. */
export type StartRelay = (environment: RelayEnvironment) => Promise<RelayClient & AsyncDisposable>;

/** Where a relay in a container answers, on this machine. */
export interface RelayEndpoint {
  readonly node: string;
  readonly publicKey: string;
  readonly apiUrl: string;
  readonly socksHost: string;
  readonly socksPort: number;
  /** On the same host. */
  readonly socksUdpPort: number;
  /** Of the gateway for browsers, on 127.0.0.1; absent: none is published. */
  readonly gatewayPort?: number;
  readonly token: string;
}

export type ConnectRelay = (endpoint: RelayEndpoint, clock: Clock) => RelayClient;
