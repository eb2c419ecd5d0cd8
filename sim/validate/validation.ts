/** What `sim validate` found out: the shape of validation.json, version 1. */
import type { ProfileMark } from '../../nodes/simulated/profile/profile.ts';
import type { MetricName } from '../measure/metrics.ts';
import type { Host, Tags } from '../measure/report.ts';

/** How far a figure of the model may stand from LND's before it is out of bounds. */
export const WITHIN = 0.2;

export interface Validation {
  readonly schema: 'leyden.validation/1';
  readonly within: number;
  readonly profile: ProfileMark;
  readonly scenarios: readonly ScenarioValidation[];
  readonly host: Host;
}

export interface ScenarioValidation {
  readonly scenario: string;
  readonly question: string;
  readonly seed: number;
  /** The first of the real runs. */
  readonly real: RunMark;
  /** All of them, in order; absent in validations from when there was one. */
  readonly realRuns?: readonly RunMark[];
  readonly simulated: RunMark;
  /** How fast a core was during the real runs, over how fast for the profile: the model's times were divided by it. 1: not to be told apart; null: not known. */
  readonly pace?: number | null;
  readonly rows: readonly Row[];
}

export interface RunMark {
  readonly versions: Readonly<Record<string, string>>;
  /** Where its own report stands. */
  readonly folder: string;
  /** What ended it before its end; null: nothing. */
  readonly ended: string | null;
  readonly wallMs: number;
  /** The processor that it ran on, where its report says. */
  readonly cpu?: string;
}

/** `equal`: to the byte and msat, in each of the real runs; `within`: WITHIN of LND's; `shown`: not judged, and `reason` says why. */
export type Rule = 'equal' | 'within' | 'shown';
/** `known`: beyond WITHIN, as the list of known differences says, and within what that says. `absent`: only one network measured it, or less than half of the real runs. */
export type RowVerdict = 'good' | 'out' | 'known' | 'absent' | 'shown';

export interface Row {
  readonly metric: MetricName;
  readonly tags: Tags;
  readonly unit: string;
  /** What is compared: the one value, or the median of the samples. */
  readonly stat: 'value' | 'p50';
  readonly rule: Rule;
  /** The median of `realRuns`, of those that have it; null where less than half have it. */
  readonly real: number | null;
  /** The figure of each real run, in order; null: it has none. Absent in validations from when there was one run. */
  readonly realRuns?: readonly (number | null)[];
  readonly simulated: number | null;
  /** Simulated ÷ real; null where either is missing, or real is 0. */
  readonly ratio: number | null;
  /** 95 % interval of the ratio, by bootstrap over the real runs and both networks' samples; null where there is one run and no samples. */
  readonly interval: readonly [low: number, high: number] | null;
  readonly verdict: RowVerdict;
  readonly reason: string | null;
}

export function realRunsOf({ real, realRuns = [real] }: Pick<ScenarioValidation, 'real' | 'realRuns'>): readonly RunMark[] {
  return realRuns;
}

/** Everything judged is as it should be, on runs that reached their end. */
export function isGood({ scenarios }: Pick<Validation, 'scenarios'>): boolean {
  return scenarios.every(
    (found) => [...realRunsOf(found), found.simulated].every(({ ended }) => ended === null) && !found.rows.some(isBad),
  );
}

function isBad({ verdict }: Row): boolean {
  return verdict === 'out' || verdict === 'absent';
}
