/** What is asked of each metric when the two networks are compared: sizes and fees equal, latencies and rates close, the rest shown with the reason. */
import { METRICS, type MetricKind, type MetricName } from '../measure/metrics.ts';
import type { Rule } from './validation.ts';

export interface RuleFor {
  readonly rule: Rule;
  readonly reason: string | null;
}

/** Metrics that no ratio of the two networks says anything about. */
const SHOWN: Readonly<Record<string, string>> = {
  bringup_ms: 'virtual time has no bring-up',
  htlcs: 'a run of a given duration sends as many as fit into it: its rate is judged instead',
  fees_paid_msat: 'as many payments as fitted into the time: the fee of one payment is judged instead',
  cost_msat_per_mib: 'follows from how many units the session needed',
  tunnel_efficiency: 'a ratio of two figures that are judged themselves',
  message_loss_ratio: 'a share near zero has no meaningful ratio',
  ip_loss_ratio: 'a share near zero has no meaningful ratio',
  cpu_s_per_mib: 'the model has no processes to measure',
  database_bytes_per_mib: 'the model has no files to measure',
  browser_load_ms: 'a real browser needs a real network',
};
const EQUAL: ReadonlySet<string> = new Set(['accounting_error_msat', 'payment_fee_msat']);
const CLOSE_UNITS: ReadonlySet<string> = new Set(['ms', 'B/s']);

export function ruleFor(name: MetricName): RuleFor {
  const kind: MetricKind = METRICS[name];
  const reason = SHOWN[name];
  if (reason !== undefined) return { rule: 'shown', reason };
  if (kind.class === 'exact' || EQUAL.has(name)) return { rule: 'equal', reason: null };
  if (CLOSE_UNITS.has(kind.unit)) return { rule: 'within', reason: null };
  return { rule: 'shown', reason: 'neither a size, a fee, a latency nor a rate' };
}
