/** A scenario after it was read: units gone, defaults in, names resolved. What this says can be run. */

import type { Fault } from '../../nodes/faults.ts';
import type { Identity, OnionBytes } from '../../nodes/node.ts';
import type { CarrierKind, ExitTerms, NetworkPlan } from '../../nodes/plan.ts';

export interface Plan {
  readonly name: string;
  readonly question: string;
  readonly seed: number;
  readonly timeLimitMs: number;
  readonly network: NetworkPlan;
  readonly workloads: readonly WorkloadPlan[];
  /** What happens to the network meanwhile. */
  readonly events?: readonly EventPlan[];
  readonly thresholds: readonly ThresholdPlan[];
  /** What its reader has to say of it: it becomes a warning of the report. */
  readonly notes?: readonly string[];
  /** What a comparison of two runs judges; absent: the figures that open the report. */
  readonly headline?: readonly HeadlinePlan[];
  /** Axes of which every combination is a run of its own; absent: one run. */
  readonly matrix?: readonly AxisPlan[];
}

export interface AxisPlan {
  /** As `--set` takes it; the tag of its metrics. */
  readonly axis: string;
  /** As texts: the values of that tag. */
  readonly values: readonly string[];
}

export interface EventPlan {
  readonly at: string;
  /** `kill n3`: the tag of its metrics. */
  readonly name: string;
  /** After its workload's first traffic, or the first workload's start. */
  readonly atMs: number;
  /** Again and again after that; null: once. */
  readonly everyMs: number | null;
  /** Index of the workload that it belongs to; null: counted over all of them. */
  readonly workload: number | null;
  readonly does: Deedful;
}

/** `drain`: everything that `from` can spend over its channel with `to` is paid to `to`, by the bench. */
export type Deedful =
  | { readonly kind: 'fault'; readonly fault: Fault }
  | { readonly kind: 'drain'; readonly from: string; readonly to: string };

/** In the file's order, one after the other; `at` is file:line for messages. */
export type WorkloadPlan =
  | SizeLimitPlan
  | PaymentPlan
  | MessagePlan
  | TunnelPlan
  | IpTunnelPlan
  | PagePlan
  | ChatPlan
  | BrowserPlan
  | RecordCliffPlan
  | TrafficPlan
  | SoakPlan
  | ContractPlan;
export type WorkloadKind = WorkloadPlan['kind'];

/** From the channel line's first node to the node `hops` channels away on the shortest path. */
export interface SizeLimitPlan {
  readonly kind: 'size-limit';
  readonly at: string;
  readonly from: string;
  readonly carriers: readonly CarrierKind[];
  /** Destination node per hop count. */
  readonly targets: readonly HopTarget[];
  /** Which onion packets are probed for onion-message. */
  readonly onions: readonly OnionBytes[];
}

export interface HopTarget {
  readonly hops: number;
  readonly to: string;
}

export interface PaymentPlan {
  readonly kind: 'payment';
  readonly at: string;
  readonly from: string;
  readonly targets: readonly HopTarget[];
  readonly count: number;
  readonly amountMsat: number;
}

export interface MessagePlan {
  readonly kind: 'message';
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly hops: number;
  readonly carriers: readonly CarrierKind[];
  /** Units in flight, one run each: keysend and peer-message. */
  readonly inFlight: readonly number[];
  /** Onion packets, one sweep each. */
  readonly onions: readonly OnionBytes[];
  /** Offered payload bytes per second for onion-message; empty: a sweep around what the limiter admits (or, without one, up to what is lost). */
  readonly offeredBytesPerS: readonly number[];
  /** How long one run lasts at most. */
  readonly durationMs: number;
}

export interface TunnelPlan {
  readonly kind: 'tunnel';
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly hops: number;
  readonly carrier: CarrierKind;
  /** The relay chooses, when the session starts: `carrier` is what that comes to. */
  readonly auto?: boolean;
  readonly identity: Identity;
  readonly onionBytesMax: OnionBytes;
  /** host and port as the exit's allowlist names it. */
  readonly origin: { readonly name: string; readonly port: number };
  /** Per direction, over all streams. */
  readonly bytes: number;
  readonly streams: number;
  readonly directions: readonly ('down' | 'up')[];
  /** Round trips measured on the idle session. */
  readonly pings: number;
}

/** Machines near both nodes, joined by TUN devices; null: that program is not run. */
export interface IpTunnelPlan {
  readonly kind: 'ip-tunnel';
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly hops: number;
  readonly carrier: CarrierKind;
  readonly onionBytesMax: OnionBytes;
  readonly subnet: string;
  readonly pings: number;
  /** iperf3 each way. */
  readonly tcpMs: number | null;
  readonly udp: { readonly bytesPerS: number; readonly durationMs: number } | null;
  /** curl. */
  readonly downloadBytes: number | null;
}

/** Messages from one relay to another, every size with every number in flight. */
export interface ChatPlan {
  readonly kind: 'chat';
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly hops: number;
  readonly carriers: readonly CarrierKind[];
  readonly sizes: readonly number[];
  /** Of each size. */
  readonly count: number;
  readonly inFlight: readonly number[];
}

/** Downloads over each carrier in turn, until the time is over. */
export interface SoakPlan {
  readonly kind: 'soak';
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly hops: number;
  readonly carriers: readonly CarrierKind[];
  readonly origin: { readonly name: string; readonly port: number };
  readonly durationMs: number;
  /** Of one transfer. */
  readonly bytes: Readonly<Record<CarrierKind, number>>;
}

/** Files of these sizes, published beside `to` and read beside `from` with nothing of them there before. */
export interface PagePlan {
  readonly kind: 'page';
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly hops: number;
  readonly carriers: readonly CarrierKind[];
  readonly onionBytesMax: OnionBytes;
  readonly sizes: readonly number[];
  /** Of each size. */
  readonly loads: number;
  /** Loads at once. */
  readonly parallel: number;
}

/** A folder published beside `to`, opened in a real browser through the gateway beside `from`. */
export interface BrowserPlan {
  readonly kind: 'browser';
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly hops: number;
  readonly carrier: CarrierKind;
  readonly onionBytesMax: OnionBytes;
  /** A folder, from where the command runs. */
  readonly site: string;
}

/** Costs the only channel of a network of two: it stands alone in its file. */
export interface RecordCliffPlan {
  readonly kind: 'record-cliff';
  readonly at: string;
  readonly from: string;
  readonly to: string;
}

export interface ContractPlan {
  readonly kind: 'contract';
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly hops: number;
  readonly carrier: CarrierKind;
  readonly origin: { readonly name: string; readonly port: number };
  readonly terms: ExitTerms;
  /** Downloaded in all. */
  readonly bytes: number;
  /** MiB or minutes bought at a time. */
  readonly units: number;
  readonly holdMs: number;
}

/** One metric or several, by name and tags. */
export interface HeadlinePlan {
  readonly at: string;
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly stat: Stat;
  /** The change that matters, as a share; null: whoever compares says. */
  readonly margin: number | null;
}

/** Payments between all nodes, each at an instant of its own; simulated only. */
export interface TrafficPlan {
  readonly kind: 'traffic';
  readonly at: string;
  readonly durationMs: number;
  /** How often a node's capacity is sent in 30 days. */
  readonly multiplier: number;
  /** Payments a second by all nodes; null: what the multiplier comes to. */
  readonly ratePerS: number | null;
  readonly meanAmountMsat: number;
  readonly feeLimitShare: number;
  readonly feeLimitMsat: number;
  readonly timeoutMs: number;
}

export type Stat = 'value' | 'count' | 'min' | 'p50' | 'p90' | 'p95' | 'p99' | 'p99.9' | 'max' | 'mean';
export type Comparison = '<' | '<=' | '==' | '>=' | '>' | '!=';

export interface ThresholdPlan {
  readonly at: string;
  /** As written: `metric{tag=value}` and `stat op quantity`. */
  readonly text: string;
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly stat: Stat;
  readonly comparison: Comparison;
  /** In the metric's own unit. */
  readonly bound: number;
  /** The run ends as soon as it is missed. */
  readonly abortEarly?: true;
}
