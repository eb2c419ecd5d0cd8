/** Payments between all nodes at once, open loop: what became of each, by the network's clock; how fast the model was stands under `host`. */
import { WorkloadError } from '../../nodes/errors.ts';
import type { TrafficPayment } from '../../nodes/node.ts';
import type { TrafficPlan } from '../scenario/plan.ts';
import type { Workload } from './workload.ts';

/** Each is a row of the report's samples. */
const PAYMENTS_MAX = 500_000;
const TOLD_EVERY = 1_000;

export const traffic: Workload<TrafficPlan> = async (plan, { network, record, ledger, progress, signal, stopwatch }) => {
  if (network.traffic === undefined) throw new WorkloadError('traffic: this network cannot make it; run with --network simulated');
  let [settled, failed] = [0, 0];
  const reasons = new Map<string, number>();
  const ended = ({ failure, latencyMs, attempts, hops, feeMsat }: TrafficPayment): void => {
    record.sample('traffic_attempts', {}, attempts);
    if (failure === null) {
      settled += 1;
      record.sample('traffic_latency_ms', {}, latencyMs);
      record.sample('traffic_hops', {}, hops);
      record.sample('traffic_fee_msat', {}, feeMsat);
    } else {
      failed += 1;
      reasons.set(failure, (reasons.get(failure) ?? 0) + 1);
    }
    if ((settled + failed) % TOLD_EVERY === 0) progress(`traffic: ${settled} payments settled, ${failed} failed`);
  };
  const { kind: _kind, at: _at, ...wanted } = plan;
  const fromMs = network.clock.now();
  const stop = stopwatch?.start();
  const { payments, events, searches, ratePerS, senders, ...moved } = await network.traffic({
    ...wanted,
    paymentsMax: PAYMENTS_MAX,
    ended,
    signal,
  });
  const simulatedMs = network.clock.now() - fromMs;
  stop?.({ what: 'traffic', payments, events, searches, simulatedMs });
  ledger.traffic({ payments, events, searches, ratePerS, senders, ...moved });
  if (payments >= PAYMENTS_MAX) record.warn(`traffic: nobody sent more after ${PAYMENTS_MAX} payments; shorten duration, or lower rate.`);
  if (payments === 0) {
    const hint = senders === 0 ? 'no node holds twice the mean amount: lower amount' : 'lengthen duration, or raise multiplier or rate';
    throw new WorkloadError(`traffic: nobody sent anything in ${plan.durationMs} ms`, { hint });
  }
  record.value('traffic_payments', { outcome: 'settled' }, settled);
  record.value('traffic_payments', { outcome: 'failed' }, failed);
  record.value('traffic_settled_ratio', {}, settled / payments);
  record.value('traffic_payments_per_s', { by: 'offered' }, (payments / plan.durationMs) * 1000);
  record.value('traffic_payments_per_s', { by: 'settled' }, (settled / simulatedMs) * 1000);
  for (const [reason, count] of [...reasons].sort(([a], [b]) => (a < b ? -1 : 1))) record.value('traffic_failed', { reason }, count);
};
