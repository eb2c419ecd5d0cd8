/** What the proxy is told when it starts, in a file of its container, and what it answers about itself. */
import type { LinkPlan } from '../../plan.ts';

export interface ProxyConfiguration {
  readonly seed: number;
  readonly control: { readonly host: string; readonly port: number; readonly token: string };
  readonly edges: readonly ProxyEdge[];
}

export interface ProxyEdge {
  readonly ends: readonly [ProxyEnd, ProxyEnd];
  readonly link: LinkPlan;
}

export interface ProxyEnd {
  readonly name: string;
  /** Whoever wants to reach this end dials the proxy here. */
  readonly listenPort: number;
  /** Where this end listens for its peers. */
  readonly target: { readonly host: string; readonly port: number };
}

/** One edge since the proxy started. */
export interface EdgeFindings {
  readonly ends: readonly [string, string];
  readonly connections: number;
  /** By the end that sent. */
  readonly bytes: readonly [number, number];
  /** By how much pieces left at another time than the model said, either way; null where none was shaped. */
  readonly error: ErrorSummary | null;
}

/** Milliseconds. */
export interface ErrorSummary {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}
