/**
 * A real tunnel: one session, and HTTP over several of its streams at once to an origin that only the exit reaches. Every byte is
 * checked at the end where it arrives; goodput is of bytes that were right.
 */
import { AnonymityError } from '../../nodes/errors.ts';
import type { Identity, Network, RelaySession } from '../../nodes/node.ts';
import type { Tags } from '../measure/report.ts';
import type { TunnelPlan } from '../scenario/plan.ts';
import { admissionAlong, nodeOf, pathBetween, relayOf } from './path.ts';
import { goodputAfter } from './tunnel/goodput-after.ts';
import { pingedBeside, pingsBeside } from './tunnel/pings-beside.ts';
import { spentMsat } from './tunnel/spent.ts';
import { type Direction, transfer } from './tunnel/transfer.ts';
import { recordUsed } from './tunnel/used.ts';
import { within } from './wait.ts';
import type { Workload, WorkloadContext } from './workload.ts';

const STEP_MS_MAX = 60_000;
const MIB = 2 ** 20;
/** Of a transfer's bytes, sent at its head and not measured: code is compiled and windows open, as before the raw carrier's runs. */
const WARM_UP_SHARE = 1 / 8;
/** What is measured after the limiter's burst must be at least this share of a transfer, else the burst is left in and said. */
const SHARE_AFTER_BURST_MIN = 0.5;

export const tunnel: Workload<TunnelPlan> = async (asked, context) => {
  const { network, signal, record } = context;
  const carrier = asked.auto ? 'auto' : asked.carrier;
  const request = { exit: nodeOf(network, asked.to).publicKey, carrier, bytes: asked.bytes, onionBytesMax: asked.onionBytesMax } as const;
  context.progress(`tunnel, ${carrier}: opening a session from ${asked.from} to ${asked.to}`);
  const what = `a session over ${carrier} from ${asked.from} to ${asked.to}`;
  const open = (identity: Identity) =>
    within(network.clock, { what, ms: STEP_MS_MAX, signal }, (waiting) =>
      relayOf(network, asked.from).openSession({ ...request, identity, signal: waiting }),
    );
  await using session = await open(asked.identity).catch((error: unknown) => {
    if (!(error instanceof AnonymityError)) throw error;
    record.warn(`tunnel over ${carrier}: the exit was told who calls, since ${error.message}.`);
    return open('named');
  });
  const { choice } = session;
  if (choice !== undefined) record.warn(`tunnel from ${asked.from} to ${asked.to}: carrier auto is ${choice.carrier}: ${choice.reason}.`);
  const plan = { ...asked, carrier: choice?.carrier ?? asked.carrier };
  const onion = plan.carrier === 'onion-message' ? { onion: plan.onionBytesMax } : {};
  const tags = { carrier: plan.carrier, hops: plan.hops, ...onion, ...(plan.identity === 'named' && { identity: 'named' }) };
  await roundTrips(plan, session, tags, context);
  for (const direction of plan.directions) await measure(plan, session, direction, tags, context);
  // A transfer of its own: what is interactive slows the bulk beside it down, as it should.
  if (!pingsBeside(plan)) return;
  const [direction] = plan.directions as [Direction];
  const half = { ...plan, bytes: Math.ceil(plan.bytes / 2) };
  await pingedBeside(plan.pings, session, { ...tags, load: 'bulk' }, context, () => transfer(half, session, direction, context));
};

async function roundTrips(plan: TunnelPlan, session: RelaySession, tags: Tags, context: WorkloadContext): Promise<void> {
  const { network, signal, record, progress } = context;
  for (let index = 0; index < plan.pings; index++) {
    progress(`tunnel, ${plan.carrier}: round trip ${index + 1} of ${plan.pings}`);
    const what = `a round trip through the session over ${plan.carrier}`;
    const ms = await within(network.clock, { what, ms: STEP_MS_MAX, signal }, (waiting) => session.ping({ signal: waiting }));
    record.sample('tunnel_rtt_ms', { ...tags, load: 'idle' }, ms);
  }
}

async function measure(plan: TunnelPlan, session: RelaySession, direction: Direction, tags: Tags, context: WorkloadContext): Promise<void> {
  const { network, record } = context;
  const warmUpBytes = Math.ceil(plan.bytes * WARM_UP_SHARE);
  const bytes = plan.bytes + warmUpBytes;
  const before = await spentMsat(plan, context);
  const usedBefore = await network.usage({ signal: context.signal });
  const arrivals = await transfer({ ...plan, bytes }, session, direction, context);
  const after = await spentMsat(plan, context);
  recordUsed(record, { ...tags, direction }, bytes, usedBefore, await network.usage({ signal: context.signal }));
  const unmeasured = Math.max(warmUpBytes, burstWithin(plan, network, context));
  record.goodput({ workload: 'tunnel', ...tags, direction }, arrivals);
  record.value('tunnel_goodput_bytes_per_s', { ...tags, direction }, goodputAfter(arrivals, unmeasured));
  if (before !== null && after !== null) record.value('cost_msat_per_mib', { ...tags, direction }, ((after - before) * MIB) / bytes);
}

/** Bytes at the head of a transfer that are not measured: the limiter lets them through at once, and then never again. */
function burstWithin(plan: TunnelPlan, network: Network, { record }: WorkloadContext): number {
  if (plan.carrier !== 'onion-message') return 0;
  const { burstBytes } = admissionAlong(network.plan, pathBetween(network.plan, plan.from, plan.to));
  if (plan.bytes - burstBytes >= plan.bytes * SHARE_AFTER_BURST_MIN) return burstBytes;
  record.warn(
    `tunnel over ${plan.carrier}: ${plan.bytes} B are too few beside the onion limiter's burst of ${burstBytes} B, which is measured too.`,
  );
  return 0;
}
