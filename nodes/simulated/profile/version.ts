/** A profile in a few words, for the `versions` of a report: two of one name differ where their costs do. */
import { createHash } from 'node:crypto';
import type { Profile } from './profile.ts';

const HEX_DIGITS = 8;

/** `amd-epyc-2-cores 3f9a01c2`. */
export function profileVersion({ name, costs }: Profile): string {
  const sorted = Object.entries(costs).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${name} ${createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, HEX_DIGITS)}`;
}
