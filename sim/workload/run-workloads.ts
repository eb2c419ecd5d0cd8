/** From a network that is up to what was found out on it: balances before, the workloads one after the other, balances after. */
import { InfrastructureError, LeydenError, TimeLimitError, WorkloadError } from '../../nodes/errors.ts';
import type { Network } from '../../nodes/node.ts';
import { isAbout } from '../compare/figures.ts';
import { Timeline } from '../events/timeline.ts';
import { accountingErrorMsat, accounts, relaysPaid, type Snapshot, takeSnapshot } from '../measure/accounting.ts';
import { channelRecords } from '../measure/carried.ts';
import { withTraffic } from '../measure/carried-by-traffic.ts';
import { contradicted } from '../measure/contradicted.ts';
import { EarlyAbort } from '../measure/early-abort.ts';
import { efficiencies } from '../measure/efficiency.ts';
import { feesMsat, type LedgerEntry, PaymentLedger } from '../measure/ledger.ts';
import { recordLinks } from '../measure/links.ts';
import { RunRecorder } from '../measure/recorder.ts';
import type { Metric, NodeAccount, Report, Sample } from '../measure/report.ts';
import { judge } from '../measure/thresholds.ts';
import type { Watch } from '../progress.ts';
import { workloadRandom } from '../random.ts';
import type { Plan } from '../scenario/plan.ts';
import { wedges } from '../scenario/yields.ts';
import type { WorkloadContext } from './workload.ts';
import { runWorkload } from './workloads.ts';

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly progress: WorkloadContext['progress'];
  /** Who wants to know more while it runs. */
  readonly watch?: Watch | undefined;
  readonly stopwatch?: WorkloadContext['stopwatch'];
}

/** A report without what only sim/run.ts knows: the host, and why this network. */
export interface WorkloadFindings {
  readonly report: Omit<Report, 'host' | 'network'> & { readonly network: Omit<Report['network'], 'reason'> };
  readonly samples: readonly Sample[];
  /** What the run is to exit with: what ended it, else a WorkloadError that names the thresholds which failed, else null. */
  readonly error: Error | null;
}

/** Never throws for what happens on the network: a run that ends early has a report of what it measured until then. */
export async function runWorkloads(plan: Plan, network: Network, options: RunOptions): Promise<WorkloadFindings> {
  const { watch } = options;
  const now = () => network.clock.now();
  const early = new EarlyAbort(plan.thresholds);
  const record = new RunRecorder(now, network.clock.kind === 'virtual', {
    recorded: (...args) => early.recorded(...args),
    told: watch?.sample,
  });
  const ledger = new PaymentLedger();
  for (const note of plan.notes ?? []) record.warn(note);
  for (const { name, ms } of network.phases) record.value('bringup_ms', { phase: name }, ms);

  let accounting: readonly NodeAccount[] = [];
  let entries: readonly LedgerEntry[] = [];
  let ended: Error | null = null;
  let timeline: Timeline | undefined;
  try {
    options.progress('balances before');
    const before = await takeSnapshot(network, options, closes(plan));
    const context = {
      network,
      record,
      ledger,
      random: workloadRandom(network, plan.seed),
      moved: (bytes: number) => watch?.moved?.(bytes, now()),
      ...options,
    };
    record.begin();
    timeline = new Timeline(plan.events ?? [], context);
    ended = await runAll(plan, { ...context, signal: AbortSignal.any([options.signal, early.signal]) }, timeline, watch);
    options.signal.throwIfAborted();
    await timeline.end();
    if (!wedges(plan.workloads)) {
      options.progress('balances after');
      const after = await takeSnapshot(network, options, closes(plan));
      entries = [...ledger.entries, ...relaysPaid(network, before, after)];
      const { rows, unsure } = accounts(network, before, after, entries, ledger.trafficChanges);
      accounting = await contradicted(network, rows, before.atMs, options);
      const keptMsat = accounting.reduce((sum, { contradictedMsat = 0 }) => sum + Math.max(0, contradictedMsat), 0);
      if (keptMsat > 0)
        record.warn(
          `LND contradicts itself by ${keptMsat} msat: it lists payments as succeeded that its channels took back, as an LND that is killed does with HTLCs that end at it.`,
        );
      if (unsure)
        record.warn(
          'LND changed its commitment fees during the run; on these channels nobody can tell whose, so balances stand as LND has them.',
        );
      recordPayments(record, ledger, entries, before, after);
      record.value('accounting_error_msat', {}, accountingErrorMsat(accounting));
    }
  } catch (error) {
    ended ??= asError(error);
    entries = ledger.entries;
    record.warn('Balances were not compared, and what relays paid is not counted: the run ended before.');
  }
  recordEfficiency(record);
  const traffic = timeline?.record() ?? null;
  const { aborted, reason } = options.signal;
  if (!aborted || reason instanceof TimeLimitError) ended = (await endedAlone(network, record, ended)) ?? ended;
  const past = await links(network, record);
  if (past !== null && ended !== null) record.warn(`${past.message}.`);
  ended ??= past;

  const metrics = headlined(record.metrics(), plan.headline);
  const thresholds = plan.thresholds.map((threshold) => judge(threshold, metrics));
  // Keys are made for who needs them: among many thousands they cost more than the run.
  const names = new Map(entries.length === 0 ? [] : [...network.nodes].map(([name, { publicKey }]) => [publicKey, name]));
  const { kind, versions, images } = network;
  return {
    report: {
      schema: 'leyden.report/1',
      scenario: plan.name,
      question: plan.question,
      seed: plan.seed,
      network: { kind, versions, images },
      plan,
      phases: network.phases,
      metrics,
      thresholds,
      accounting,
      warnings: record.warnings(),
      notes: record.notes(),
      ended: ended === null ? null : { error: ended.name, message: ended.message },
      channels: withTraffic(channelRecords(network.plan, names, entries), ledger.trafficCarried),
      ...(traffic !== null && { timeline: traffic }),
      goodput: record.goodputLines(),
    },
    samples: record.samples(),
    error: ended ?? missed(thresholds),
  };
}

/** A process that died by itself is what a run ends with, whatever came of that. */
async function endedAlone(network: Network, record: RunRecorder, cause: Error | null): Promise<Error | null> {
  try {
    const [first, ...others] = (await network.endedAlone?.()) ?? [];
    for (const { message } of first === undefined ? [] : [first, ...others]) record.warn(`${message.split('\n', 1)[0]}.`);
    if (first !== undefined) first.cause ??= cause;
    return first ?? null;
  } catch (error) {
    record.warn(`Nobody knows whether every process still runs: ${asError(error).message}`);
    return null;
  }
}

/** A proxy that does not answer any more is told, and hides nothing of what was measured before. */
async function links(network: Network, record: RunRecorder): Promise<Error | null> {
  try {
    return recordLinks(record, (await network.linkFindings?.()) ?? []);
  } catch (error) {
    record.warn(`The link proxy does not say how far it strayed from its model: ${asError(error).message}`);
    return null;
  }
}

/** A scenario that names its headline opens its report with that. */
function headlined(metrics: readonly Metric[], headline: Plan['headline']): readonly Metric[] {
  if (headline === undefined) return metrics;
  return metrics.map(({ headline: _, ...metric }) => ({
    ...metric,
    ...(headline.some((one) => isAbout(one, metric)) && { headline: true }),
  }));
}

function closes({ events = [] }: Plan): boolean {
  return events.some(({ does }) => does.kind === 'fault' && does.fault.kind === 'close');
}

/** Stops at the first workload that fails: what follows would be measured on a network that nobody knows the state of. */
async function runAll(plan: Plan, around: WorkloadContext, timeline: Timeline, watch: Watch | undefined): Promise<Error | null> {
  const { traffic, failed: eventFailed } = timeline;
  const context = { ...around, traffic, signal: AbortSignal.any([around.signal, eventFailed]) };
  for (const [index, workload] of plan.workloads.entries()) {
    context.signal.throwIfAborted();
    watch?.workload?.(workload.kind, index + 1, plan.workloads.length);
    try {
      await timeline.during(index, workload.kind, () => runWorkload(workload, context));
      context.signal.throwIfAborted();
    } catch (error) {
      context.signal.throwIfAborted();
      return failed(workload.kind, workload.at, asError(error));
    }
  }
  return null;
}

/** What is our bug or the infrastructure's keeps its own exit code. */
function failed(kind: string, at: string, error: Error): Error {
  if (!(error instanceof LeydenError) || error instanceof InfrastructureError || error.exitCode === 1) return error;
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  return new WorkloadError(`${at}: ${kind} ended early: ${error.message}`, { cause: error, ...hint });
}

function recordPayments(
  record: RunRecorder,
  ledger: PaymentLedger,
  entries: readonly LedgerEntry[],
  before: Snapshot,
  after: Snapshot,
): void {
  const failedByRelays = [...after.relays].reduce(
    (sum, [name, { htlcsFailed }]) => sum + htlcsFailed - before.relays.get(name)!.htlcsFailed,
    0,
  );
  const settled = entries.reduce((sum, { route }) => sum + route.htlcs, 0);
  record.value('htlcs', { outcome: 'settled' }, settled + ledger.trafficSettled);
  record.value('htlcs', { outcome: 'failed' }, ledger.htlcsFailed + failedByRelays);
  const fees = entries.reduce((sum, { route }) => sum + feesMsat(route), 0);
  record.value('fees_paid_msat', {}, fees + ledger.trafficFeesMsat);
}

function recordEfficiency(record: RunRecorder): void {
  for (const { tags, value } of efficiencies(record.metrics())) {
    if (value !== null) record.value('tunnel_efficiency', tags, value);
    else record.warn(`No efficiency of the tunnel over ${tags.carrier}: this run measured no raw goodput of it over ${tags.hops} hops.`);
  }
}

function missed(thresholds: Report['thresholds']): WorkloadError | null {
  const names = thresholds
    .filter(({ passed }) => !passed)
    .map(({ at, text, measured }) => `${at}: ${text} (measured ${measured ?? 'nothing'})`);
  return names.length === 0 ? null : new WorkloadError(`${names.length} of ${thresholds.length} thresholds failed:\n${names.join('\n')}`);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
