/** What is wrong with a scenario, and where. All mistakes of a file are told at once, in the file's order. */
import { ScenarioError } from '../../nodes/errors.ts';

export interface Place {
  /** The file as it was named, or the argument: `--set seed=x`. */
  readonly source: string;
  /** From 1; null for an argument and for a file that could not be read. */
  readonly line: number | null;
  readonly column: number | null;
}

export interface Mistake {
  readonly place: Place;
  readonly text: string;
}

/** Past this many the rest is only counted: a broken file can hold thousands. */
const TOLD_MAX = 50;

export function placeText({ source, line, column }: Place): string {
  return [source, line, column].filter((part) => part !== null).join(':');
}

const HINT = {
  line: '`sim check FILE` reads without running; `sim check --schema` prints every key for an editor.',
  argument:
    'a scenario is a YAML file, as those in scenarios/; `sim check --schema` prints every key, `sim <command> --help` every option.',
};

/** One error for all mistakes, sorted by line; a mistake told twice is told once. */
export function scenarioError(mistakes: readonly Mistake[]): ScenarioError {
  const lines = [...new Set(inOrder(mistakes).map(({ place, text }) => `${placeText(place)}: ${text}`))];
  const told = lines.slice(0, TOLD_MAX);
  if (lines.length > told.length) told.push(`and ${lines.length - told.length} more`);
  return new ScenarioError(told.join('\n'), { hint: mistakes.some(({ place }) => place.line !== null) ? HINT.line : HINT.argument });
}

function inOrder(mistakes: readonly Mistake[]): Mistake[] {
  const rank = (value: number | null) => value ?? Number.MAX_SAFE_INTEGER;
  return [...mistakes].sort((a, b) => rank(a.place.line) - rank(b.place.line) || rank(a.place.column) - rank(b.place.column));
}
