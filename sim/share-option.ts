/** Options that are a part of one, as scenarios write them. */
import { ScenarioError } from '../nodes/errors.ts';
import { readQuantity } from './scenario/units.ts';

/** `10 %` or `0.1` as a part of one. Throws ScenarioError. */
export function shareOf(option: string, written: string | undefined, max: number): number | undefined {
  if (written === undefined) return undefined;
  const read = readQuantity('share', written);
  if ('problem' in read) throw new ScenarioError(`${option}: ${read.problem}`);
  if (read.value <= 0 || read.value > max)
    throw new ScenarioError(`${option}: expected more than 0 and at most ${100 * max} %, found ${written}`);
  return read.value;
}
