/** report.json: the same findings give the same bytes, whatever order their keys were set in. */
import type { Report } from '../sim/measure/report.ts';

/** Ends with a newline. A number that JSON cannot hold (NaN, infinity) becomes null. */
export function reportJson(report: Report): string {
  return `${JSON.stringify(ordered(report, FIRST), null, 2)}\n`;
}

/** What a person looks for first stands first; what this does not name follows by its name. */
const FIRST: readonly string[] = [
  'schema',
  'scenario',
  'question',
  'seed',
  'ended',
  'network',
  'thresholds',
  'warnings',
  'metrics',
  'accounting',
  'phases',
  'channels',
  'host',
  'plan',
];

function ordered(value: unknown, first: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => ordered(item, []));
  if (value === null || typeof value !== 'object') return value;
  const rank = (key: string): number => (first.includes(key) ? first.indexOf(key) : first.length);
  const keys = Object.keys(value).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return Object.fromEntries(keys.map((key) => [key, ordered((value as Record<string, unknown>)[key], [])]));
}
