/** What a run found out: the shape of report.json, version 1. Reports read nothing else. */

import type { DataVolume, Phase } from '../../nodes/node.ts';
import type { Plan, Stat } from '../scenario/plan.ts';
import type { GoodputLine } from './goodput-line.ts';
import type { Better, MetricClass, MetricName } from './metrics.ts';

export type Tags = Readonly<Record<string, string | number>>;

export interface Report {
  readonly schema: 'leyden.report/1';
  readonly scenario: string;
  readonly question: string;
  readonly seed: number;
  readonly network: {
    readonly kind: 'docker' | 'simulated';
    /** Why this one: the first line of the run. */
    readonly reason: string;
    readonly versions: Readonly<Record<string, string>>;
    readonly images: Readonly<Record<string, string>>;
  };
  /** The only place for wall time, CPU, memory and names of the machine; the rest is the same for the same seed when simulated. */
  readonly host: Host;
  readonly plan: Plan;
  readonly phases: readonly Phase[];
  readonly metrics: readonly Metric[];
  readonly thresholds: readonly ThresholdResult[];
  readonly accounting: readonly NodeAccount[];
  readonly warnings: readonly string[];
  /** null: it ran to its end. */
  readonly ended: { readonly error: string; readonly message: string } | null;
  readonly channels: readonly ChannelRecord[];
  /** Where the scenario has events: what moved meanwhile, and what each did to it. */
  readonly timeline?: TrafficRecord;
  /** How it was measured: what a reader should know, not doubt. */
  readonly notes?: readonly string[];
  /** Of a report over several runs: each of them, in the order of the matrix. What is of one network (phases, accounting) is the first run's. */
  readonly runs?: readonly RunRecord[];
  /** The axes of its matrix, their values as texts. */
  readonly matrix?: readonly MatrixAxis[];
  /** Goodput over time, a line for each transfer and each run of raw units; absent in reports from before it was kept. */
  readonly goodput?: readonly GoodputLine[];
}

export interface TrafficRecord {
  readonly unit: 'B' | 'payments';
  /** Width of a point, from the beginning of the first workload on. */
  readonly binMs: number;
  readonly perS: readonly number[];
  /** In the order in which they struck. */
  readonly events: readonly EventRecord[];
}

export interface EventRecord {
  readonly event: string;
  /** After the beginning of the first workload. */
  readonly atMs: number;
  /** Until the network had done it, as a restart takes; null: it was not done. */
  readonly tookMs: number | null;
  /** Goodput before and the least after it; null where nothing was to move. */
  readonly beforePerS: number | null;
  readonly lowestPerS: number | null;
  /** null: nothing was to move, or it was not back when the traffic ended. */
  readonly recoveryMs: number | null;
}

/** One run of several. */
export interface RunRecord {
  /** Axis → value; empty without a matrix. */
  readonly cell: Readonly<Record<string, string>>;
  /** From 1. */
  readonly repeat: number;
  readonly seed: number;
  /** Its folder, from the folder of the report that lists it. */
  readonly path: string;
  readonly ended: Report['ended'];
}

export interface MatrixAxis {
  readonly axis: string;
  readonly values: readonly string[];
}

export interface Host {
  readonly startedAt: string;
  readonly endedAt: string;
  readonly wallMs: number;
  readonly node: string;
  readonly leyden: string;
  readonly os: string;
  readonly arch: string;
  readonly cores: number;
  /** The processor as the kernel calls it; reports of older versions have none. */
  readonly cpu?: string;
  readonly memoryBytes: number;
  /** Processes that wanted a core when the run began, and when it ended; averages of a minute. */
  readonly load1: number;
  readonly load1AtEnd?: number;
  /** What the kernel reads the time from; absent where it does not say. */
  readonly clockSource?: string;
  /** On docker: the disk under LND's data. */
  readonly dataVolume?: DataVolume;
  /** On docker: how fast a core computed when the run began and when it ended, in rounds a second (pace.ts). */
  readonly pacePerS?: readonly [start: number, end: number];
  readonly command: string;
  /** How fast the model ran, where a workload counts that. */
  readonly speed?: readonly Speed[];
}

export interface Speed {
  readonly what: string;
  readonly payments: number;
  readonly events: number;
  /** Path searches. */
  readonly searches: number;
  readonly simulatedMs: number;
  readonly wallMs: number;
  readonly paymentsPerS: number;
  readonly eventsPerS: number;
  readonly simulatedSPerWallS: number;
  /** Of the whole process, at its end. */
  readonly rssBytes: number;
}

export interface Metric {
  readonly name: MetricName;
  readonly unit: string;
  readonly class: MetricClass;
  readonly better: Better;
  readonly headline?: boolean;
  readonly tags: Tags;
  readonly value?: number;
  readonly summary?: Summary;
  /** Of a report over several runs: the figure of each run of the metric's cell, by repeat; null: it has none. `value` is their median. */
  readonly runs?: readonly (number | null)[];
  /** What stands for each run where it took many samples. */
  readonly stat?: Stat;
}

export interface Summary {
  readonly count: number;
  readonly min: number;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  /** Absent in reports from before it was kept. */
  readonly 'p99.9'?: number | null;
  readonly max: number;
  readonly mean: number;
}

/** One row of samples.csv. */
export interface Sample {
  readonly metric: MetricName;
  readonly tags: Tags;
  /** Milliseconds of the network's clock since the workloads began. */
  readonly atMs: number;
  readonly value: number;
}

export interface ThresholdResult {
  readonly text: string;
  readonly at: string;
  readonly stat: Stat;
  readonly measured: number | null;
  readonly passed: boolean;
}

/** Per node: what LND says changed, what our ledger says should have. */
export interface NodeAccount {
  readonly node: string;
  readonly lndDeltaMsat: number;
  readonly ledgerDeltaMsat: number;
  readonly earnedMsat: number;
  readonly paidMsat: number;
  /** By how much the commitment fees of the channels it opened rose, where they changed: LND's balance shrank by it. */
  readonly commitFeeDeltaMsat?: number;
  /** What was its own in channels that were closed meanwhile. */
  readonly closedMsat?: number;
  /** By how much LND's balance belies LND's own list of payments, which agrees with the ledger: an LND that was killed took HTLCs back. */
  readonly contradictedMsat?: number;
  /** LND's change, commitment fees, closed channels and what it contradicts put right, less the ledger's. */
  readonly errorMsat: number;
}

/** A channel for the drawing: who, how much, what it carried. */
export interface ChannelRecord {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly capacitySat: number;
  readonly htlcs: number;
  readonly forwardedMsat: number;
  /** Fees that the nodes at its ends kept for forwarding out over it; absent in reports from before it was counted. */
  readonly earnedMsat?: number;
}

/** A run as reports/ receives it. */
export interface Findings {
  readonly report: Report;
  readonly samples: readonly Sample[];
}
