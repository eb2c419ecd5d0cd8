/**
 * Made-up findings in the shape and size of a real run of the VPN scenario: figures near those of LND, drawn from a seeded generator.
 * For tests of reports/ alone; nothing here was measured.
 */
import type { CarrierKind, NodePlan } from '../../nodes/plan.ts';
import { METRICS, type MetricName } from '../../sim/measure/metrics.ts';
import type { Findings, Metric, Report, Sample, Summary, Tags } from '../../sim/measure/report.ts';

export interface FixtureOptions {
  readonly seed?: number;
  readonly kind?: 'docker' | 'simulated';
  /** Pairs of node indexes; default a line of six. */
  readonly edges?: readonly (readonly [number, number])[];
  readonly change?: (report: Report) => Report;
}

export function fixture({ seed = 1, kind = 'docker', edges = line(6), change = (report) => report }: FixtureOptions = {}): Findings {
  const random = generator(seed);
  const samples: Sample[] = [];
  const metrics: Metric[] = [];
  const value = (name: MetricName, tags: Tags, figure: number): void => {
    const { unit, class: kindOf, better } = METRICS[name];
    metrics.push({ name, unit, class: kindOf, better, tags, value: figure });
  };
  const sampled = (name: MetricName, tags: Tags, count: number, middle: number, spread: number): void => {
    const { unit, class: kindOf, better } = METRICS[name];
    const values = Array.from({ length: count }, () => middle * Math.exp((random() + random() + random() - 1.5) * spread));
    values.forEach((figure, i) => {
      samples.push({ metric: name, tags, atMs: samples.length * 10 + i, value: figure });
    });
    metrics.push({ name, unit, class: kindOf, better, tags, summary: summary(values) });
  };
  for (let hops = 1; hops <= 5; hops++) {
    value('payload_limit_bytes', { carrier: 'keysend', hops, by: 'lnd' }, 1207 - 51 * (hops - 1));
    value('payload_limit_bytes', { carrier: 'htlc-record', hops, by: 'limit' }, 59_943);
    value('payload_limit_bytes', { carrier: 'onion-message', hops, onion: 32834, by: 'lnd' }, 32673 - 121 * (hops - 1));
    value('payload_limit_bytes', { carrier: 'onion-message', hops, onion: 65498, by: 'lnd' }, 65337 - 121 * (hops - 1));
    value('payload_limit_bytes', { carrier: 'peer-message', hops, by: hops === 1 ? 'lnd' : 'limit' }, hops === 1 ? 65533 : 65522);
    sampled('payment_latency_ms', { hops }, 20, 20 + 100 * hops, 0.12);
  }
  for (const [inFlight, goodput] of [
    [1, 2_900],
    [16, 14_200],
    [64, 19_800],
    [200, 27_100],
  ] as const) {
    value('message_goodput_bytes_per_s', { carrier: 'keysend', hops: 5, in_flight: inFlight }, goodput);
    sampled('message_latency_ms', { carrier: 'keysend', hops: 5, in_flight: inFlight }, 60, 350 + 25 * inFlight, 0.4);
  }
  for (const [inFlight, goodput] of [
    [1, 74_000],
    [32, 288_000],
  ] as const) {
    value('message_goodput_bytes_per_s', { carrier: 'htlc-record', hops: 5, in_flight: inFlight }, goodput);
    sampled('message_latency_ms', { carrier: 'htlc-record', hops: 5, in_flight: inFlight }, 40, 800 + 190 * inFlight, 0.3);
  }
  for (const [inFlight, goodput] of [
    [1, 620_000],
    [16, 3_100_000],
    [64, 3_480_000],
  ] as const) {
    value('message_goodput_bytes_per_s', { carrier: 'peer-message', hops: 5, in_flight: inFlight }, goodput);
    sampled('message_latency_ms', { carrier: 'peer-message', hops: 5, in_flight: inFlight }, 120, 15 + inFlight, 0.5);
  }
  for (const offered of [32_000, 64_000, 96_000, 128_000]) {
    const tags = { carrier: 'onion-message', hops: 5, onion: 32834, offered };
    value('message_goodput_bytes_per_s', tags, Math.min(offered, 63_400) * (offered > 64_000 ? 0.93 : 1));
    value('message_loss_ratio', tags, offered > 64_000 ? 1 - 59_000 / offered : 0);
    sampled('message_latency_ms', tags, 80, 28, 0.5);
  }
  const tunnels: readonly (readonly [CarrierKind, number, number, number, number])[] = [
    ['keysend', 24_600, 25_100, 1_080, 4_180_000],
    ['htlc-record', 262_000, 255_000, 980, 76_000],
    ['onion-message', 58_200, 57_600, 58, 0],
    ['peer-message', 2_910_000, 2_840_000, 24, 0],
  ];
  for (const [carrier, down, up, rttMs, cost] of tunnels) {
    value('tunnel_goodput_bytes_per_s', { carrier, hops: 5, direction: 'down' }, down);
    value('tunnel_goodput_bytes_per_s', { carrier, hops: 5, direction: 'up' }, up);
    sampled('tunnel_rtt_ms', { carrier, hops: 5, load: 'idle' }, 20, rttMs, 0.2);
    const best = { keysend: 27_100, 'htlc-record': 288_000, 'onion-message': 63_400, 'peer-message': 3_480_000 }[carrier];
    value('tunnel_efficiency', { carrier, hops: 5, direction: 'down' }, down / best);
    value('tunnel_efficiency', { carrier, hops: 5, direction: 'up' }, up / best);
    value('cost_msat_per_mib', { carrier, hops: 5, direction: 'down' }, cost);
    value('cost_msat_per_mib', { carrier, hops: 5, direction: 'up' }, Math.round(cost * 1.03));
  }
  value('htlcs', { outcome: 'settled' }, 3_412);
  value('htlcs', { outcome: 'failed' }, 17);
  value('fees_paid_msat', {}, 12_983_400);
  value('accounting_error_msat', {}, 0);
  return { report: change(report(seed, kind, edges, metrics)), samples };
}

const PHASES = [
  ['cleaned', 900],
  ['bitcoind up', 720],
  ['containers started', 2_900],
  ['LND answers and is synced', 20_100],
  ['funded', 110],
  ['heights equal', 1_700],
  ['peered', 90],
  ['channels opening', 480],
  ['channels active', 410],
  ['graph complete', 5_050],
] as const;

function report(
  seed: number,
  kind: 'docker' | 'simulated',
  edges: readonly (readonly [number, number])[],
  metrics: readonly Metric[],
): Report {
  const count = Math.max(...edges.flat()) + 1;
  const names = Array.from({ length: count }, (_, i) => `n${i}`);
  const policy = { feeBaseMsat: 1000, feeProportionalMillionths: 1, cltvExpiryDelta: 80, htlcMinimumMsat: 1 };
  const channels = edges.map(([a, b], i) => ({ name: `c${i}`, from: `n${a}`, to: `n${b}`, capacitySat: 10_000_000 }));
  return {
    schema: 'leyden.report/1',
    scenario: 'vpn-5hop',
    question: 'How fast, how far and at what price does a VPN run over five Lightning hops?',
    seed,
    network: {
      kind,
      reason: kind === 'docker' ? 'Docker 20.10.24 answers and the images are there' : 'no container engine answers here',
      versions: kind === 'docker' ? { lnd: '0.21.3-beta', bitcoind: '29.4.0' } : { model: '1' },
      images: kind === 'docker' ? { 'leyden/lnd:0.21.3-beta': 'sha256:f1f1f1f1', 'leyden/bitcoind:29.4': 'sha256:b2b2b2b2' } : {},
    },
    host: {
      startedAt: '2026-01-02T03:04:05.000Z',
      endedAt: '2026-01-02T03:08:12.000Z',
      wallMs: 247_000,
      node: '24.21.0',
      leyden: '0.1.0',
      os: 'Debian 12',
      arch: 'x64',
      cores: 2,
      memoryBytes: 8_323_000_000,
      load1: 0.42,
      command: `sim run scenarios/vpn-5hop.yaml --network ${kind} --seed ${seed}`,
    },
    plan: {
      name: 'vpn-5hop',
      question: 'How fast, how far and at what price does a VPN run over five Lightning hops?',
      seed,
      timeLimitMs: 600_000,
      network: {
        name: 'vpn-5hop',
        seed,
        nodes: names.map((name, i): NodePlan => node(name, i === 0 || i === count - 1 || count <= 6)),
        channels: channels.map((channel) => ({ ...channel, balance: 0.5, policies: [policy, policy] as const })),
        origins: [{ name: 'shop', near: names[names.length - 1]!, port: 80 }],
      },
      workloads: [
        {
          kind: 'tunnel',
          identity: 'anonymous',
          at: 'vpn-5hop.yaml:20',
          from: 'n0',
          to: names[names.length - 1]!,
          hops: 5,
          carrier: 'keysend',
          onionBytesMax: 32834,
          origin: { name: 'shop', port: 80 },
          bytes: 262_144,
          streams: 4,
          directions: ['down', 'up'],
          pings: 20,
        },
      ],
      thresholds: [],
    },
    phases: PHASES.map(([name, ms]) => ({ name, ms })),
    metrics,
    thresholds: [
      { text: 'accounting_error_msat: value == 0', at: 'vpn-5hop.yaml:31', stat: 'value', measured: 0, passed: true },
      {
        text: 'tunnel_goodput_bytes_per_s{carrier=keysend}: value > 5 kB/s',
        at: 'vpn-5hop.yaml:32',
        stat: 'value',
        measured: 24_600,
        passed: true,
      },
      { text: 'payment_latency_ms{hops=5}: p50 < 700 ms', at: 'vpn-5hop.yaml:33', stat: 'p50', measured: 516.3, passed: true },
    ],
    accounting: names.map((name, i) => accountOf(name, i, count)),
    warnings: ['tunnel over onion messages: the burst of 262,144 B was drained before the rate was measured'],
    ended: null,
    channels: channels.map((channel, i) => ({ ...channel, htlcs: 3_412 - i * 37, forwardedMsat: 96_000_000 - i * 2_600_000 })),
  };
}

function node(name: string, relay: boolean): NodePlan {
  return {
    name,
    image: 'auto',
    commitIntervalMs: 50,
    onionLimiter: { peerKbps: 512, peerBurstBytes: 262_144, globalKbps: 5_120, globalBurstBytes: 1_638_400 },
    storage: 'volume',
    memoryBytes: null,
    cpus: null,
    flags: [],
    relay: relay ? { budgetMsat: 1_000_000_000, feeLimitMsat: 20_000, allow: [] } : null,
  };
}

function accountOf(name: string, i: number, count: number): Report['accounting'][number] {
  const paidMsat = i === 0 ? 96_000_000 : i === count - 1 ? 2_140_000 : 0;
  const earnedMsat = i === 0 ? 2_140_000 : i === count - 1 ? 83_000_000 : 2_715_000;
  return { node: name, lndDeltaMsat: earnedMsat - paidMsat, ledgerDeltaMsat: earnedMsat - paidMsat, earnedMsat, paidMsat, errorMsat: 0 };
}

function summary(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  return {
    count: sorted.length,
    min: sorted[0]!,
    p50: at(0.5),
    p90: sorted.length >= 10 ? at(0.9) : null,
    p95: sorted.length >= 20 ? at(0.95) : null,
    p99: sorted.length >= 100 ? at(0.99) : null,
    max: sorted[sorted.length - 1]!,
    mean: sorted.reduce((sum, figure) => sum + figure, 0) / sorted.length,
  };
}

export function line(nodes: number): readonly (readonly [number, number])[] {
  return Array.from({ length: nodes - 1 }, (_, i) => [i, i + 1] as const);
}

/** mulberry32: a small generator, good enough to scatter points. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
