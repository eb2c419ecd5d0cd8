/** Which metrics a plan will give, with which tags: so that a threshold on anything else is refused before a run, not after it. */
import type { CarrierKind } from '../../nodes/plan.ts';
import type { MetricName } from '../measure/metrics.ts';
import { pingsBeside } from '../workload/tunnel/pings-beside.ts';
import type {
  BrowserPlan,
  ChatPlan,
  ContractPlan,
  EventPlan,
  IpTunnelPlan,
  MessagePlan,
  PagePlan,
  SoakPlan,
  TunnelPlan,
  WorkloadPlan,
} from './plan.ts';

export interface Yield {
  readonly metric: MetricName;
  /** The values a tag may take; null: only the run will tell. */
  readonly tags: Readonly<Record<string, readonly string[] | null>>;
  /** At most this many samples behind a summary; null: only the run will tell. */
  readonly samplesMax: number | null;
}

/** @param linked whether any edge has a link of its own: on docker its proxy says how true it was. */
export function yieldsOf(workloads: readonly WorkloadPlan[], events: readonly EventPlan[] = [], linked = false): readonly Yield[] {
  return [
    ...workloads.flatMap((workload) => yieldsOfOne(workload, workloads)),
    ...(wedges(workloads)
      ? []
      : [one('accounting_error_msat', {}), one('fees_paid_msat', {}), one('htlcs', { outcome: ['settled', 'failed'] })]),
    ...events.map(({ name, everyMs }) => one('recovery_ms', { event: [name] }, everyMs === null ? 1 : null)),
    one('bringup_ms', { phase: null }),
    ...(linked ? yieldsOfLinks() : []),
  ];
}

function yieldsOfLinks(): Yield[] {
  return [
    one('link_error_ms', { edge: null, of: ['p50', 'p99', 'max'] }),
    one('link_error_p99_ms', {}),
    one('link_bytes', { edge: null, from: null }),
    one('link_connections', { edge: null }),
  ];
}

/** Then balances are not compared: what a wedged channel holds is neither side's. */
export function wedges(workloads: readonly WorkloadPlan[]): boolean {
  return workloads.some(({ kind }) => kind === 'record-cliff');
}

function yieldsOfOne(workload: WorkloadPlan, all: readonly WorkloadPlan[]): Yield[] {
  switch (workload.kind) {
    case 'record-cliff':
      return [
        one('payload_limit_bytes', { carrier: ['htlc-record'], hops: ['1'], by: ['lnd'] }),
        one('channels_wedged', { carrier: ['htlc-record'], hops: ['1'] }),
      ];
    case 'size-limit':
      return workload.carriers.map((carrier) =>
        one('payload_limit_bytes', {
          carrier: [carrier],
          hops: workload.targets.map(({ hops }) => String(hops)),
          ...(carrier === 'onion-message' && { onion: workload.onions.map(String) }),
          by: ['lnd', 'limit'],
        }),
      );
    case 'payment':
      return [
        one('payment_latency_ms', { hops: workload.targets.map(({ hops }) => String(hops)) }, workload.count),
        one('payment_fee_msat', { hops: workload.targets.map(({ hops }) => String(hops)) }),
      ];
    case 'message':
      return workload.carriers.flatMap((carrier) => {
        const load =
          carrier === 'onion-message'
            ? { onion: workload.onions.map(String), offered: null }
            : { in_flight: workload.inFlight.map(String) };
        const tags = { carrier: [carrier], hops: [String(workload.hops)], ...load };
        return (['message_latency_ms', 'message_goodput_bytes_per_s', 'message_loss_ratio'] as const).map((metric) => one(metric, tags));
      });
    case 'tunnel':
      return yieldsOfTunnel(workload, all);
    case 'ip-tunnel':
      return yieldsOfIpTunnel(workload);
    case 'page':
      return workload.carriers.flatMap((carrier) => yieldsOfPage(workload, carrier));
    case 'chat':
      return workload.carriers.flatMap((carrier) => yieldsOfChat(workload, carrier));
    case 'soak':
      return yieldsOfSoak(workload);
    case 'browser':
      return yieldsOfBrowser(workload);
    case 'contract':
      return yieldsOfContract(workload);
    case 'traffic':
      return [
        one('traffic_payments', { outcome: ['settled', 'failed'] }),
        one('traffic_payments_per_s', { by: ['offered', 'settled'] }),
        ...(['traffic_settled_ratio', 'traffic_latency_ms', 'traffic_attempts', 'traffic_hops', 'traffic_fee_msat'] as const).map(
          (metric) => one(metric, {}),
        ),
        one('traffic_failed', { reason: null }),
      ];
  }
}

function yieldsOfIpTunnel({ carrier, hops, onionBytesMax, pings, tcpMs, udp, downloadBytes }: IpTunnelPlan): Yield[] {
  const path = { carrier: [carrier], hops: [String(hops)], ...(carrier === 'onion-message' && { onion: [String(onionBytesMax)] }) };
  const both = { ...path, direction: ['down', 'up'] };
  return [
    one('ip_mtu_bytes', path),
    ...(pings > 0 ? [one('ip_rtt_ms', path, pings), one('ip_loss_ratio', { ...path, by: ['ping'] })] : []),
    ...(downloadBytes !== null ? [one('ip_goodput_bytes_per_s', { ...path, direction: ['down'], by: ['curl'] })] : []),
    ...(tcpMs !== null ? [one('ip_goodput_bytes_per_s', { ...both, by: ['tcp'] })] : []),
    ...(udp !== null ? [one('ip_goodput_bytes_per_s', { ...both, by: ['udp'] }), one('ip_loss_ratio', { ...both, by: ['udp'] })] : []),
  ];
}

function yieldsOfTunnel(tunnel: TunnelPlan, all: readonly WorkloadPlan[]): Yield[] {
  const onion = tunnel.carrier === 'onion-message' ? { onion: [String(tunnel.onionBytesMax)] } : {};
  const path = tunnel.auto
    ? { carrier: null, hops: [String(tunnel.hops)], onion: null }
    : { carrier: [tunnel.carrier], hops: [String(tunnel.hops)], ...onion, ...(tunnel.identity === 'named' && { identity: ['named'] }) };
  const directed = { ...path, direction: tunnel.directions };
  // Efficiency is over the raw goodput of the same run: without one there is nothing to divide by.
  const raw = all.some((other) => other.kind === 'message' && isRawOf(tunnel, other));
  return [
    one('tunnel_goodput_bytes_per_s', directed),
    one('cost_msat_per_mib', directed),
    // On a network of machines alone; simulated, nothing uses any.
    one('cpu_s_per_mib', { ...directed, node: null, process: ['lnd', 'relay'] }),
    one('database_bytes_per_mib', { ...directed, node: null }),
    ...(tunnel.pings > 0 ? [one('tunnel_rtt_ms', { ...path, load: ['idle'] }, tunnel.pings)] : []),
    ...(pingsBeside(tunnel) ? [one('tunnel_rtt_ms', { ...path, load: ['bulk'] }, tunnel.pings)] : []),
    ...(raw ? [one('tunnel_efficiency', directed)] : []),
  ];
}

function yieldsOfContract({ carrier, hops, terms }: ContractPlan): Yield[] {
  const tags = { carrier: [carrier], hops: [String(hops)], mode: [terms.mode] };
  const stops = terms.mode === 'window' ? [] : (['service_stop_ms', 'service_resume_ms'] as const);
  const unpaid = terms.price.per === 'MiB' ? (['service_unpaid_bytes'] as const) : [];
  return (['service_served_bytes', 'service_paid_msat', 'service_fees_msat', 'passage_paid_msat', ...unpaid, ...stops] as const).map(
    (name) => one(name, tags),
  );
}

function yieldsOfPage({ hops, onionBytesMax, sizes, loads, parallel }: PagePlan, carrier: CarrierKind): Yield[] {
  const path = { carrier: [carrier], hops: [String(hops)], ...(carrier === 'onion-message' && { onion: [String(onionBytesMax)] }) };
  const sized = { ...path, size: sizes.map(String) };
  return [
    one('page_load_ms', sized, loads * parallel),
    one('page_goodput_bytes_per_s', sized),
    one('page_size_max_bytes', path),
    one('cost_msat_per_mib', path),
  ];
}

function yieldsOfChat({ hops, sizes, count, inFlight }: ChatPlan, carrier: CarrierKind): Yield[] {
  const tags = { carrier: [carrier], hops: [String(hops)], size: sizes.map(String), in_flight: inFlight.map(String) };
  return [one('chat_latency_ms', tags, count), one('chat_goodput_bytes_per_s', tags), one('chat_lost', tags)];
}

/** Of what processes hold, and on a network of machines alone. */
const HELD = [
  'memory_bytes',
  'descriptors',
  'memory_drift_ratio',
  'descriptor_drift_ratio',
  'memory_slope_per_h',
  'memory_slope_beyond_noise_per_h',
  'descriptor_slope_per_h',
  'descriptor_slope_beyond_noise_per_h',
] as const;

function yieldsOfSoak({ carriers, hops }: SoakPlan): Yield[] {
  const named = { carrier: carriers };
  return [
    one('soak_goodput_bytes_per_s', { ...named, hops: [String(hops)] }),
    one('soak_transfers', { ...named, outcome: null }),
    ...(['goodput_drift_ratio', 'goodput_slope_per_h', 'goodput_slope_beyond_noise_per_h'] as const).map((metric) => one(metric, named)),
    ...HELD.map((metric) => one(metric, { process: null })),
    one('database_growth_bytes', { node: null }),
  ];
}

function yieldsOfBrowser({ carrier, hops, onionBytesMax }: BrowserPlan): Yield[] {
  const path = { carrier: [carrier], hops: [String(hops)], ...(carrier === 'onion-message' && { onion: [String(onionBytesMax)] }) };
  return (['browser_load_ms', 'browser_requests', 'browser_bytes', 'browser_console_errors'] as const).map((metric) => one(metric, path));
}

function isRawOf({ carrier, hops, onionBytesMax }: TunnelPlan, message: MessagePlan): boolean {
  if (message.hops !== hops || !message.carriers.includes(carrier)) return false;
  return carrier !== 'onion-message' || message.onions.includes(onionBytesMax);
}

function one(metric: MetricName, tags: Yield['tags'], samplesMax: number | null = null): Yield {
  return { metric, tags, samplesMax };
}
