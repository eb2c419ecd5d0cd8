/**
 * The largest payload of one unit, asked of the network itself and never read from a formula: a formula says only where to try first.
 * Every figure is a size that went through, after one byte more had not.
 */
import type { CarrierKind } from '../../nodes/plan.ts';
import type { HopTarget, SizeLimitPlan } from '../scenario/plan.ts';
import { keysendEdge } from './size-limit/keysend.ts';
import { onionMessageEdges } from './size-limit/onion-message.ts';
import { peerMessageEdge } from './size-limit/peer-message.ts';
import { relayedEdge } from './size-limit/relayed.ts';
import type { Workload, WorkloadContext } from './workload.ts';

export const sizeLimit: Workload<SizeLimitPlan> = async (plan, context) => {
  for (const carrier of plan.carriers) await PROBES[carrier](plan, context);
};

type Probe = (plan: SizeLimitPlan, context: WorkloadContext) => Promise<void>;

const PROBES: Record<CarrierKind, Probe> = {
  keysend: async (plan, context) => {
    for (const target of plan.targets) {
      tell(context, 'keysend', target);
      const bytes = await keysendEdge(plan.from, target, context);
      context.record.value('payload_limit_bytes', { carrier: 'keysend', hops: target.hops, by: 'lnd' }, bytes);
    }
  },
  'htlc-record': async (plan, context) => {
    for (const target of plan.targets) {
      tell(context, 'htlc-record', target);
      const bytes = await relayedEdge('htlc-record', plan.from, target, context);
      context.record.value('payload_limit_bytes', { carrier: 'htlc-record', hops: target.hops, by: 'limit' }, bytes);
    }
  },
  'onion-message': async (plan, context) => {
    await onionMessageEdges(plan, context, (target, onion) => tell(context, `onion-message in ${onion} B`, target));
  },
  'peer-message': async (plan, context) => {
    for (const target of plan.targets) {
      tell(context, 'peer-message', target);
      const direct = target.hops === 1;
      const bytes = direct
        ? await peerMessageEdge(plan.from, target, context)
        : await relayedEdge('peer-message', plan.from, target, context);
      context.record.value('payload_limit_bytes', { carrier: 'peer-message', hops: target.hops, by: direct ? 'lnd' : 'limit' }, bytes);
    }
  },
};

function tell({ progress }: WorkloadContext, carrier: string, { hops }: HopTarget): void {
  progress(`size-limit, ${carrier}: ${hops} ${hops === 1 ? 'hop' : 'hops'}`);
}
