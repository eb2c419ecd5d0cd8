/** A profile file, bounded and checked before it is believed: every cost that the model knows, each a number that time can be made of. */
import { open } from 'node:fs/promises';
import { ScenarioError } from '../../errors.ts';
import { DEFAULT_PROFILE } from './default.ts';
import type { Profile } from './profile.ts';

/** A profile is a few kB. */
const BYTES_MAX = 1_048_576;
const COST_MAX = 1e9;
const CORES_MAX = 1_024;

/** Throws one ScenarioError with everything that is wrong. */
export async function readProfile(path: string): Promise<Profile> {
  const text = await textOf(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw wrong(path, [`is not JSON: ${(cause as Error).message}`], cause);
  }
  const mistakes = mistakesIn(value);
  if (mistakes.length > 0) throw wrong(path, mistakes);
  return value as Profile;
}

async function textOf(path: string): Promise<string> {
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    if (size > BYTES_MAX) throw wrong(path, [`expected at most ${BYTES_MAX} B, found ${size} B`]);
    return await file.readFile('utf8');
  } catch (cause) {
    if (cause instanceof ScenarioError) throw cause;
    throw wrong(path, [`cannot be read: ${(cause as Error).message}`], cause);
  }
}

/** Empty: it is a profile of this version. */
function mistakesIn(value: unknown): readonly string[] {
  if (!isRecord(value) || value.schema !== 'leyden.profile/1') return ['schema: expected leyden.profile/1'];
  const texts = ['name', 'measuredAt'].filter((key) => typeof value[key] !== 'string').map((key) => `${key}: expected a text`);
  const parts = ['machine', 'versions', 'measured', 'costs']
    .filter((key) => !isRecord(value[key]))
    .map((key) => `${key}: expected an object`);
  const made =
    Array.isArray(value.madeFrom) && value.madeFrom.every((from) => isRecord(from) && typeof from.fingerprint === 'string')
      ? []
      : ['madeFrom: expected what it was measured on, each with its fingerprint'];
  return [...texts, ...parts, ...made, ...(isRecord(value.costs) ? costMistakes(value.costs) : [])];
}

function costMistakes(costs: Readonly<Record<string, unknown>>): readonly string[] {
  const known = Object.keys(DEFAULT_PROFILE.costs);
  const missing = known.filter((key) => !(key in costs)).map((key) => `costs.${key}: missing`);
  const unknown = Object.keys(costs)
    .filter((key) => !known.includes(key))
    .map((key) => `costs.${key}: unknown`);
  const odd = known
    .filter((key) => key in costs && !isCost(key, costs[key]))
    .map((key) => `costs.${key}: expected a number from 0 to ${COST_MAX}, found ${JSON.stringify(costs[key])}`);
  return [...missing, ...unknown, ...odd];
}

function isCost(key: string, value: unknown): boolean {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0 || value > COST_MAX) return false;
  return key !== 'cores' || (Number.isInteger(value) && value >= 1 && value <= CORES_MAX);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(path: string, mistakes: readonly string[], cause?: unknown): ScenarioError {
  const hint = 'npx sim calibrate --out FILE makes one of this machine';
  return new ScenarioError(mistakes.map((mistake) => `${path}: ${mistake}`).join('\n'), { cause, hint });
}
