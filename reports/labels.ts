/** Names of metrics, carriers and tags as a reader's words. */
import { METRICS } from '../sim/measure/metrics.ts';
import type { Tags } from '../sim/measure/report.ts';
import { exact, many, quantity } from './format.ts';

/** `Onion messages` for `onion-message`; an unknown carrier keeps its own name. */
export function carrierName(carrier: string): string {
  return CARRIER_NAMES[carrier] ?? carrier;
}

const CARRIER_NAMES: Readonly<Record<string, string>> = {
  keysend: 'Keysend',
  'htlc-record': 'HTLC records',
  'onion-message': 'Onion messages',
  'peer-message': 'Peer messages',
};

export function metricTitle(name: string): string {
  return METRIC_TITLES[name] ?? name;
}

const METRIC_TITLES: Readonly<Record<string, string>> = {
  payload_limit_bytes: 'Largest payload',
  message_latency_ms: 'Message latency',
  message_goodput_bytes_per_s: 'Raw goodput',
  message_loss_ratio: 'Messages lost',
  payment_latency_ms: 'Payment latency',
  payment_fee_msat: 'Fee of a payment',
  htlcs: 'HTLCs',
  channels_wedged: 'Channels wedged',
  fees_paid_msat: 'Fees paid',
  tunnel_goodput_bytes_per_s: 'Tunnel goodput',
  tunnel_rtt_ms: 'Tunnel round trip',
  tunnel_efficiency: 'Tunnel efficiency',
  page_load_ms: 'Page load',
  page_goodput_bytes_per_s: 'Page goodput',
  page_size_max_bytes: 'Largest page',
  browser_load_ms: 'Site in a browser',
  browser_requests: 'Browser requests',
  browser_bytes: 'Browser bytes',
  browser_console_errors: 'Console errors',
  cost_msat_per_mib: 'Cost',
  cpu_s_per_mib: 'CPU time',
  database_bytes_per_mib: 'LND database growth',
  ip_mtu_bytes: 'IP packet size',
  ip_rtt_ms: 'ping',
  ip_goodput_bytes_per_s: 'IP goodput',
  ip_loss_ratio: 'IP packets lost',
  service_unpaid_bytes: 'Served unpaid, at most',
  service_resume_ms: 'Going on after a payment',
  soak_goodput_bytes_per_s: 'Soak goodput',
  recovery_ms: 'Recovery',
  accounting_error_msat: 'Accounting error',
  link_error_ms: 'Error of the link proxy',
  link_error_p99_ms: 'Error of the link proxy, p99 of the worst edge',
  link_bytes: 'Over the link',
  link_connections: 'Connections over the link',
  bringup_ms: 'Bring-up',
};

/** The unit to show a metric in: its own, or `ratio` for a share of one. */
export function unitOf(name: string): string {
  if (name.endsWith('_ratio') || name.endsWith('_efficiency')) return 'ratio';
  return Object.hasOwn(METRICS, name) ? METRICS[name as keyof typeof METRICS].unit : '';
}

/** `Keysend · 5 hops · 64 in flight`: tags in the order they are given, without those in `without`. */
export function tagText(tags: Tags, without: readonly string[] = []): string {
  return Object.entries(tags)
    .filter(([tag]) => !without.includes(tag))
    .map(([tag, value]) => tagWords(tag, value))
    .join(' · ');
}

function tagWords(tag: string, value: string | number): string {
  switch (tag) {
    case 'carrier':
      return carrierName(String(value));
    case 'hops':
      return Number.isFinite(Number(value)) ? many(Number(value), 'hop') : `${value} hops`;
    case 'onion':
      return `${exact(Number(value))} B onion`;
    case 'in_flight':
      return `${value} in flight`;
    case 'offered':
      return Number.isFinite(Number(value)) ? `${quantity(Number(value), 'B/s')} offered` : `${value} offered`;
    case 'direction':
    case 'outcome':
    case 'phase':
    case 'node':
    case 'process':
      return String(value);
    case 'size':
      return `${quantity(Number(value), 'B')} file`;
    case 'by':
      return value === 'limit' ? 'our own limit' : `by ${value}`;
    default:
      return `${tag} ${value}`;
  }
}
