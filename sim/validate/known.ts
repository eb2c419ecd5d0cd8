/**
 * Where the model is known to stand further from LND than it should, and why: each named in the table of `sim validate`, and still
 * bounded. Shortening this list is the work; an entry that no run needs any more is deleted.
 */
import type { MetricName } from '../measure/metrics.ts';
import type { Tags } from '../measure/report.ts';
import { tagsMatch } from '../measure/tags.ts';

export interface KnownDifference {
  readonly metric: MetricName;
  /** Those that a row must have; others it may have. */
  readonly tags: Tags;
  /** Simulated ÷ real stays between these. */
  readonly between: readonly [low: number, high: number];
  readonly why: string;
}

export const KNOWN: readonly KnownDifference[] = [];

export function knownDifference(metric: MetricName, tags: Tags, known = KNOWN): KnownDifference | undefined {
  return known.find((one) => one.metric === metric && tagsMatch(tags, one.tags));
}
