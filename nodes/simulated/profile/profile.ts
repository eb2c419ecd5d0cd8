/** A profile: what things cost on one machine, as `sim calibrate` measured it, and what it was measured from. */
import type { Costs } from '../costs.ts';

export interface Profile {
  readonly schema: 'leyden.profile/1';
  readonly name: string;
  /** ISO date. */
  readonly measuredAt: string;
  /** `pacePerS`: how fast a core computed meanwhile, in rounds of sim/measure/pace.ts a second. */
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly os: string;
    readonly pacePerS?: number;
  };
  readonly versions: Readonly<Record<string, string>>;
  /** The networks that it was measured on: a profile says nothing about how well the model predicts these. */
  readonly madeFrom: readonly MadeFrom[];
  /** What the probes gave, of which `costs` are made: evidence for a reader. */
  readonly measured: Readonly<Record<string, number>>;
  readonly costs: Costs;
}

export interface MadeFrom {
  readonly name: string;
  /** fingerprint.ts, of the network alone, without workloads. */
  readonly fingerprint: string;
}

/** What a report says of the profile behind its figures. */
export type ProfileMark = Pick<Profile, 'name' | 'measuredAt' | 'machine' | 'versions' | 'madeFrom'>;

export function markOf({ name, measuredAt, machine, versions, madeFrom }: Profile): ProfileMark {
  return { name, measuredAt, machine, versions, madeFrom };
}
