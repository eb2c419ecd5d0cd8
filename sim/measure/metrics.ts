/** The names a report may use, each with its unit, class and direction. A metric not listed here cannot be recorded. */

export type MetricClass = 'exact' | 'noisy' | 'budget';
export type Better = 'higher' | 'lower' | 'none';

export interface MetricKind {
  readonly unit: string;
  readonly class: MetricClass;
  readonly better: Better;
  /** `value`: one number per tag set. `samples`: a summary over many. */
  readonly shape: 'value' | 'samples';
  readonly tags: readonly string[];
  /** Among the figures that open a report. */
  readonly headline?: true;
  readonly meaning: string;
}

export const METRICS = {
  payload_limit_bytes: {
    unit: 'B',
    class: 'exact',
    better: 'higher',
    shape: 'value',
    tags: ['carrier', 'hops', 'onion', 'by'],
    meaning: 'Largest payload of one unit that arrived',
  },
  message_latency_ms: {
    unit: 'ms',
    class: 'noisy',
    better: 'lower',
    shape: 'samples',
    tags: ['carrier', 'hops', 'onion', 'in_flight', 'offered'],
    meaning: 'One unit of the raw carrier, sent to received',
  },
  message_goodput_bytes_per_s: {
    unit: 'B/s',
    class: 'noisy',
    better: 'higher',
    shape: 'value',
    tags: ['carrier', 'hops', 'onion', 'in_flight', 'offered'],
    meaning: 'Payload bytes of the raw carrier that arrived, per second',
  },
  message_loss_ratio: {
    unit: '',
    class: 'noisy',
    better: 'lower',
    shape: 'value',
    tags: ['carrier', 'hops', 'onion', 'in_flight', 'offered'],
    meaning: 'Share of raw units that never arrived',
  },
  payment_latency_ms: {
    unit: 'ms',
    class: 'noisy',
    better: 'lower',
    shape: 'samples',
    tags: ['hops'],
    headline: true,
    meaning: 'One idle keysend, sent to settled',
  },
  channels_wedged: {
    unit: '',
    class: 'exact',
    better: 'none',
    shape: 'value',
    tags: ['carrier', 'hops'],
    meaning: 'Channels that carried nothing any more after an HTLC one byte above the largest that arrived',
  },
  htlcs: {
    unit: '',
    class: 'noisy',
    better: 'none',
    shape: 'value',
    tags: ['outcome'],
    meaning: 'HTLCs that the run sent, by how they ended',
  },
  fees_paid_msat: { unit: 'msat', class: 'noisy', better: 'lower', shape: 'value', tags: [], meaning: 'Routing fees that the run paid' },
  tunnel_goodput_bytes_per_s: {
    unit: 'B/s',
    class: 'noisy',
    better: 'higher',
    shape: 'value',
    tags: ['carrier', 'hops', 'onion', 'direction'],
    headline: true,
    meaning: 'Verified bytes at the far end, per second; up is away from the client',
  },
  tunnel_rtt_ms: {
    unit: 'ms',
    class: 'noisy',
    better: 'lower',
    shape: 'samples',
    tags: ['carrier', 'hops', 'onion', 'load'],
    headline: true,
    meaning: 'A small message there and back through the session: idle, or bulk, beside a transfer',
  },
  tunnel_efficiency: {
    unit: '',
    class: 'noisy',
    better: 'higher',
    shape: 'value',
    tags: ['carrier', 'hops', 'onion', 'direction'],
    meaning: 'Tunnel goodput over the best raw goodput of the same run',
  },
  page_load_ms: {
    unit: 'ms',
    class: 'noisy',
    better: 'lower',
    shape: 'samples',
    tags: ['carrier', 'hops', 'onion', 'size'],
    meaning: 'A file of a site, from asking with no session and nothing in the cache to its last byte, checked',
  },
  page_goodput_bytes_per_s: {
    unit: 'B/s',
    class: 'noisy',
    better: 'higher',
    shape: 'value',
    tags: ['carrier', 'hops', 'onion', 'size'],
    meaning: 'Bytes of files of a size, per second of their loads; after the onion limiter’s burst, where one is on the way',
  },
  page_size_max_bytes: {
    unit: 'B',
    class: 'exact',
    better: 'higher',
    shape: 'value',
    tags: ['carrier', 'hops', 'onion'],
    headline: true,
    meaning: 'The largest file that arrived, every byte checked: what was asked for, not a limit',
  },
  browser_load_ms: {
    unit: 'ms',
    class: 'noisy',
    better: 'lower',
    shape: 'value',
    tags: ['carrier', 'hops', 'onion'],
    headline: true,
    meaning: 'A small site in a real browser, from its address to everything loaded and shown',
  },
  browser_requests: {
    unit: '',
    class: 'exact',
    better: 'none',
    shape: 'value',
    tags: ['carrier', 'hops', 'onion'],
    meaning: 'Requests that the browser made for the site, all answered',
  },
  browser_bytes: {
    unit: 'B',
    class: 'exact',
    better: 'none',
    shape: 'value',
    tags: ['carrier', 'hops', 'onion'],
    meaning: 'Bytes of the files that the browser loaded, each file compared with what was published',
  },
  browser_console_errors: {
    unit: '',
    class: 'exact',
    better: 'lower',
    shape: 'value',
    tags: ['carrier', 'hops', 'onion'],
    meaning: 'Errors on the browser’s console, failed requests included',
  },
  cost_msat_per_mib: {
    unit: 'msat/MiB',
    class: 'noisy',
    better: 'lower',
    shape: 'value',
    tags: ['carrier', 'hops', 'onion', 'direction'],
    headline: true,
    meaning: 'What both ends paid (delivered, fees, side payments) per verified MiB',
  },
  cpu_s_per_mib: {
    unit: 's/MiB',
    class: 'budget',
    better: 'lower',
    shape: 'value',
    tags: ['carrier', 'hops', 'onion', 'direction', 'node', 'process'],
    meaning: 'CPU time that a node’s LND or relay used per verified MiB of a tunnel',
  },
  database_bytes_per_mib: {
    unit: 'B/MiB',
    class: 'budget',
    better: 'lower',
    shape: 'value',
    tags: ['carrier', 'hops', 'onion', 'direction', 'node'],
    meaning: 'What LND’s databases grew by per verified MiB of a tunnel',
  },
  ip_mtu_bytes: {
    unit: 'B',
    class: 'noisy',
    better: 'higher',
    shape: 'value',
    tags: ['carrier', 'hops', 'onion'],
    meaning: 'Longest IP packet that the tunnel carries',
  },
  ip_rtt_ms: {
    unit: 'ms',
    class: 'noisy',
    better: 'lower',
    shape: 'samples',
    tags: ['carrier', 'hops', 'onion'],
    headline: true,
    meaning: 'ping from one machine to the other through the idle IP tunnel',
  },
  ip_goodput_bytes_per_s: {
    unit: 'B/s',
    class: 'noisy',
    better: 'higher',
    shape: 'value',
    tags: ['carrier', 'hops', 'onion', 'direction', 'by'],
    headline: true,
    meaning: 'What iperf3 (tcp, udp) and curl received through the IP tunnel, per second; up is away from the client',
  },
  ip_loss_ratio: {
    unit: '',
    class: 'noisy',
    better: 'lower',
    shape: 'value',
    tags: ['carrier', 'hops', 'onion', 'direction', 'by'],
    meaning: 'Share of pings without an answer, and of iperf3’s datagrams that were lost',
  },
  accounting_error_msat: {
    unit: 'msat',
    class: 'exact',
    better: 'lower',
    shape: 'value',
    tags: [],
    headline: true,
    meaning: 'Sum over nodes of the difference between the change of LND’s balance and what our ledger predicts',
  },
  bringup_ms: { unit: 'ms', class: 'noisy', better: 'lower', shape: 'value', tags: ['phase'], meaning: 'Bring-up, by phase' },
} as const satisfies Record<string, MetricKind>;

export type MetricName = keyof typeof METRICS;
