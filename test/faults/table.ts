/** Nine faults and four carriers: a transfer whose bytes are checked, one fault in its middle, and what came of it. */
import { deleteForwardingReputations } from 'ln-service';
import { LeydenError, WorkloadError } from '../../nodes/errors.ts';
import type { Fault } from '../../nodes/faults.ts';
import type { LndNode } from '../../nodes/lnd/index.ts';
import type { Network, RelayClient, RelaySession } from '../../nodes/node.ts';
import type { CarrierKind } from '../../nodes/plan.ts';
import type { NodeAccount } from '../../sim/measure/report.ts';
import type { EventPlan, Plan, TunnelPlan } from '../../sim/scenario/plan.ts';
import { runWorkloads } from '../../sim/workload/run-workloads.ts';

const MIB = 2 ** 20;

/** Of each carrier so much that it is in its middle when the fault strikes, also on a machine at its best. */
const SIZES: Readonly<Record<CarrierKind, number>> = {
  keysend: MIB,
  'htlc-record': 4 * MIB,
  'onion-message': MIB,
  'peer-message': 64 * MIB,
};
/** After the first byte. */
const STRIKES_MS: Readonly<Record<CarrierKind, number>> = {
  keysend: 2_000,
  'htlc-record': 2_000,
  'onion-message': 4_000,
  'peer-message': 1_000,
};
const DOWN_MS = 3_000;
const CUT_MS = 10_000;
const LOOK_MS = 500;
const RAISED_MSAT = 3_000;

interface Tried {
  readonly what: string;
  /** The node that the transfer's way must lead past for the fault to mean anything: for a relay, a way that changes hands there. */
  readonly past: string;
  readonly relay?: true;
  /** It is about money: what pays nothing takes no notice. */
  readonly money?: true;
  /** `ms` after the first byte, and its end. */
  readonly faults: readonly (readonly [ms: number, Fault | { readonly kind: 'drain'; readonly from: string; readonly to: string }])[];
}

const killed = (what: string, process: Extract<Fault, { process: unknown }>['process']): Tried => ({
  what,
  past: process.part === 'bitcoind' ? 'n2' : process.node,
  ...(process.part === 'relay' && { relay: true }),
  faults: [
    [0, { kind: 'kill', process }],
    [DOWN_MS, { kind: 'restart', process }],
  ],
});

export const FAULTS = {
  'exit-lnd': killed('the exit’s LND killed and restarted', { part: 'lnd', node: 'n2' }),
  'middle-lnd': killed('an LND on the way killed and restarted', { part: 'lnd', node: 'n1' }),
  'exit-relay': killed('the exit’s relay killed and restarted', { part: 'relay', node: 'n2' }),
  'middle-relay': killed('a relay on the way killed and restarted', { part: 'relay', node: 'n1' }),
  bitcoind: killed('bitcoind killed and restarted', { part: 'bitcoind' }),
  cut: {
    what: 'a link cut for 10 s',
    past: 'n1',
    faults: [
      [0, { kind: 'cut', edges: [['n0', 'n1']] }],
      [CUT_MS, { kind: 'heal', edges: [['n0', 'n1']] }],
    ],
  },
  drain: { what: 'the exit’s channel drained', past: 'n1', money: true, faults: [[0, { kind: 'drain', from: 'n2', to: 'n1' }]] },
  policy: {
    what: 'a fee on the way raised threefold',
    past: 'n1',
    money: true,
    faults: [[0, { kind: 'policy', channel: 'n0-n1', from: 'n1', policy: { feeBaseMsat: RAISED_MSAT } }]],
  },
  'second-path': {
    what: 'the LND on the way killed for good, a second way there',
    past: 'n1',
    faults: [[0, { kind: 'kill', process: { part: 'lnd', node: 'n1' } }]],
  },
} as const satisfies Readonly<Record<string, Tried>>;
export type FaultName = keyof typeof FAULTS;

export interface Struck {
  /** `whole`: every byte arrived, once and right. Else the named error that the transfer ended with; `unnamed` is a failure of ours. */
  readonly ended: string;
  readonly message: string;
  readonly accountingErrorMsat: number | null;
  /** Of the first event; null: nothing moved when it struck, or it was not back before the end. */
  readonly recoveryMs: number | null;
  readonly beforePerS: number | null;
  readonly tookMs: number;
  /** The ways it went by, one after the other: names of nodes, the exit last. */
  readonly ways: readonly string[];
  /** Whether what was struck had a part in it: its node was on the first way, and its relay where one was struck. */
  readonly met: boolean;
  /** By node what is off the books, and what LND contradicts itself by, in msat. */
  readonly off: string;
}

/** On a network of test/faults/plan.ts, which is left as it was found. Throws only what is no end of a transfer. */
export const strikes = async (network: Network, carrier: CarrierKind, name: FaultName, signal: AbortSignal): Promise<Struck> => {
  const { faults } = FAULTS[name] as Tried;
  const tunnel: TunnelPlan = {
    kind: 'tunnel',
    at: 'table',
    from: 'n0',
    to: 'n2',
    hops: 2,
    carrier,
    // A payment to somebody unnamed goes by way of another node, and not past what is struck.
    identity: carrier === 'keysend' || carrier === 'htlc-record' ? 'named' : 'anonymous',
    onionBytesMax: 32_834,
    origin: { name: 'shop', port: 80 },
    bytes: SIZES[carrier],
    streams: 2,
    directions: ['down'],
    pings: 0,
  };
  const events = faults.map(
    ([ms, does]): EventPlan => ({
      at: 'table',
      name: `${name} ${does.kind}`,
      atMs: STRIKES_MS[carrier] + ms,
      everyMs: null,
      workload: 0,
      does: does.kind === 'drain' ? does : { kind: 'fault', fault: does },
    }),
  );
  const plan: Plan = {
    name,
    question: '?',
    seed: 1,
    timeLimitMs: 600_000,
    network: network.plan,
    workloads: [tunnel],
    events,
    thresholds: [],
  };
  const startMs = network.clock.now();
  const { watched, ways } = watching(network);
  const { report, error } = await runWorkloads(plan, watched, { signal, progress: () => {} });
  const tookMs = Math.round(network.clock.now() - startMs);
  await restored(network);
  const first = report.timeline?.events[0];
  const accounting = report.metrics.find((metric) => metric.name === 'accounting_error_msat')?.value ?? null;
  const ended = error === null ? 'whole' : endOf(error);
  return {
    ended,
    message: error?.message.replace(/^table: tunnel ended early: /, '') ?? '',
    accountingErrorMsat: accounting,
    off: report.accounting.flatMap(said).join(', '),
    recoveryMs: first?.recoveryMs ?? null,
    beforePerS: first?.beforePerS ?? null,
    tookMs,
    ways: [...ways],
    met: meets(FAULTS[name], carrier, [...ways][0] ?? ''),
  };
};

/** Payments and onion messages are LND's to pass on: of the relays only the exit's has a part in them. Messages of both kinds pay nothing. */
const meets = ({ past, relay, money }: Tried, carrier: CarrierKind, way: string): boolean => {
  const nodes = way.split(' ');
  const byRelays = carrier === 'peer-message' || carrier === 'htlc-record';
  const pays = carrier === 'keysend' || carrier === 'htlc-record';
  return nodes.includes(past) && (relay === undefined || byRelays || past === nodes.at(-1)) && (money === undefined || pays);
};

/** The same network, whose sessions from n0 are asked again and again by which way they go. */
const watching = (network: Network): { watched: Network; ways: ReadonlySet<string> } => {
  const names = new Map([...network.nodes].map(([name, { publicKey }]) => [publicKey, name]));
  const ways = new Set<string>();
  const client = network.relays.get('n0')!;
  const openSession: RelayClient['openSession'] = async (request) => {
    const session = await client.openSession(request);
    const over = new AbortController();
    const look = async (): Promise<void> => {
      const { path = [] } = await session.stats({ signal: over.signal });
      ways.add(path.map((key) => names.get(key) ?? '?').join(' '));
    };
    await look();
    const looking = (async () => {
      while (!over.signal.aborted) {
        await network.clock.sleep(LOOK_MS, { signal: over.signal });
        await look();
      }
    })().catch(() => {});
    const close = async (): Promise<void> => {
      over.abort();
      await looking;
      await session[Symbol.asyncDispose]();
    };
    return Object.defineProperty(Object.create(session) as RelaySession, Symbol.asyncDispose, { value: close });
  };
  const relays = new Map(network.relays).set('n0', { ...client, openSession });
  return { watched: { ...network, relays }, ways };
};

const said = ({ node, errorMsat, contradictedMsat = 0 }: NodeAccount): string[] => [
  ...(errorMsat === 0 ? [] : [`${node} ${errorMsat}`]),
  ...(contradictedMsat === 0 ? [] : [`LND of ${node} contradicts itself by ${contradictedMsat}`]),
];

/** By the name of what the workload met. */
const endOf = (error: Error): string => {
  const met = error instanceof WorkloadError && error.cause instanceof Error ? error.cause : error;
  return met instanceof LeydenError ? met.name : 'unnamed';
};

/** Policies as planned, channels whose balance was pushed to one side halved again, and nobody who remembers which ways failed. */
const restored = async (network: Network): Promise<void> => {
  await network.faults!.mend();
  await network.faults!.inflict({ kind: 'restart', process: { part: 'relay', node: 'n0' } });
  for (const channel of network.plan.channels) {
    const [from, to] = [network.nodes.get(channel.from)!, network.nodes.get(channel.to)!];
    const own = (await from.channels()).find(({ partner }) => partner === to.publicKey)!;
    const moreSat = own.localBalanceSat - own.remoteBalanceSat;
    if (Math.abs(moreSat) < channel.capacitySat / 4) continue;
    const [payer, payee] = moreSat > 0 ? [from, to] : [to, from];
    const amountMsat = Math.floor(Math.abs(moreSat) / 2) * 1_000;
    const preimage = crypto.getRandomValues(new Uint8Array(32));
    const route = await payer.route({ destination: payee.publicKey, amountMsat, maxFeeMsat: 0, via: [payee.publicKey] });
    await payer.pay({ to: route, amountMsat, maxFeeMsat: 0, preimage });
  }
  const { policies } = network.plan.channels[0]!;
  if (await raised(network, 'n1')) await network.faults!.inflict({ kind: 'policy', channel: 'n0-n1', from: 'n1', policy: policies[1] });
  while (await raised(network, 'n2')) await network.clock.sleep(LOOK_MS);
  // The exit pays its own way back: LND would go round what it saw fail for an hour.
  for (const node of network.nodes.values()) await deleteForwardingReputations({ lnd: (node as LndNode).lnd });
};

/** As a node knows it. */
const raised = async (network: Network, node: string): Promise<boolean> =>
  (await network.nodes.get(node)!.graph()).edges.flatMap(({ ends }) => ends).some(({ policy }) => policy?.feeBaseMsat === RAISED_MSAT);
