/** Every kind of load there is, by the word a scenario uses. */
import type { WorkloadKind, WorkloadPlan } from '../scenario/plan.ts';
import { browser } from './browser.ts';
import { chat } from './chat.ts';
import { contract } from './contract.ts';
import { ipTunnel } from './ip-tunnel.ts';
import { message } from './message.ts';
import { page } from './page.ts';
import { payment } from './payment.ts';
import { recordCliff } from './record-cliff.ts';
import { sizeLimit } from './size-limit.ts';
import { soak } from './soak.ts';
import { traffic } from './traffic.ts';
import { tunnel } from './tunnel.ts';
import type { Workload, WorkloadContext } from './workload.ts';

const WORKLOADS: { readonly [K in WorkloadKind]: Workload<Extract<WorkloadPlan, { kind: K }>> } = {
  'size-limit': sizeLimit,
  payment,
  message,
  tunnel,
  'ip-tunnel': ipTunnel,
  page,
  chat,
  browser,
  soak,
  'record-cliff': recordCliff,
  contract,
  traffic,
};

export function runWorkload(plan: WorkloadPlan, context: WorkloadContext): Promise<void> {
  return (WORKLOADS[plan.kind] as Workload<WorkloadPlan>)(plan, context);
}
