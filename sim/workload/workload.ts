/** One kind of load on a network that is up. Adding one: a file beside this, a word in workloads.ts, a scenario that shows it. */
import type { Network, Random } from '../../nodes/node.ts';
import type { TrafficMeter } from '../events/traffic.ts';
import type { Arrivals } from '../measure/goodput-line.ts';
import type { Ledger } from '../measure/ledger.ts';
import type { MetricName } from '../measure/metrics.ts';
import type { Tags } from '../measure/report.ts';
import type { WorkloadPlan } from '../scenario/plan.ts';

export interface WorkloadContext {
  readonly network: Network;
  readonly record: Recorder;
  /** Every payment made outside a relay is told to it; relays keep their own. */
  readonly ledger: Ledger;
  /** For preimages, payloads and ids: seeded when time is virtual. */
  readonly random: Random;
  /** Told what arrives, for what events do to it. */
  readonly traffic?: TrafficMeter;
  readonly signal: AbortSignal;
  /** Started where a workload's own speed is worth telling: what it counted until it stopped goes beside the wall time, under `host`. */
  readonly stopwatch?: Stopwatch | undefined;
  /** A short line about what goes on now; replaces the one before on a terminal. */
  readonly progress: (line: string) => void;
  /** So many bytes more have arrived, now: for who watches while it runs. What a report says is recorded when they were verified. */
  readonly moved: (bytes: number) => void;
}

export interface Stopwatch {
  start(): (counts: SpeedCounts) => void;
}

/** What happened while the wall clock ran, by the network's own count. */
export interface SpeedCounts {
  readonly what: string;
  readonly payments: number;
  readonly events: number;
  readonly searches: number;
  readonly simulatedMs: number;
}

export interface Recorder {
  /** One number for this metric and tags. */
  value(name: MetricName, tags: Tags, value: number): void;
  /** One of many; the report holds the summary, samples.csv each. */
  sample(name: MetricName, tags: Tags, value: number): void;
  /** How verified bytes came in, for goodput over time. `of`: which workload, and its tags. */
  goodput(of: Tags & { readonly workload: string }, arrivals: Arrivals): void;
  /** What a reader must know before trusting a figure. */
  warn(text: string): void;
  /** How it was measured: what a reader should know, not doubt. */
  note(text: string): void;
  /** The best raw goodput so far, for tunnel_efficiency; null where the run measured none. */
  best(name: MetricName, tags: Tags): number | null;
}

export type Workload<P extends WorkloadPlan> = (plan: P, context: WorkloadContext) => Promise<void>;
