/**
 * What a carrier gives bare: units of random bytes between two relays, without session or acknowledgement. Carriers with a verdict or
 * credit are driven by units in flight (closed loop), onion messages by the rate at which they are offered (open loop).
 */
import type { MessagePlan } from '../scenario/plan.ts';
import { closedLoop } from './message/closed-loop.ts';
import { offeredSweep } from './message/offered-sweep.ts';
import type { Workload } from './workload.ts';

export const message: Workload<MessagePlan> = async (plan, context) => {
  for (const carrier of plan.carriers) {
    if (carrier === 'onion-message') {
      for (const onion of plan.onions) await offeredSweep(plan, onion, context);
    } else {
      for (const inFlight of plan.inFlight) await closedLoop(plan, carrier, inFlight, context);
    }
  }
};
