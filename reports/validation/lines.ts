/** What `sim validate` says on a terminal. */
import { isGood, realRunsOf, type ScenarioValidation, type Validation } from '../../sim/validate/validation.ts';
import { plain } from '../plain.ts';
import { aligned } from '../summary-lines.ts';
import { reasons, rowsTable, tally } from './table.ts';

/** Of one scenario: its table, and the reasons below it. */
export function scenarioLines(found: ScenarioValidation): readonly string[] {
  return [
    '',
    found.question,
    ...aligned(rowsTable(found, 'judged')),
    ...reasons(found).map((reason) => `  ${reason}`),
    ...ends(found),
    ...paceLine(found),
    `${found.scenario}: ${tally(found)}`,
  ].map(plain);
}

/** Whichever of its runs ended before its end. */
function ends(found: ScenarioValidation): readonly string[] {
  const real = realRunsOf(found);
  const titled = real.map(
    ({ ended }, i) => [real.length === 1 ? 'The docker run' : `Docker run ${i + 1} of ${real.length}`, ended] as const,
  );
  return [...titled, ['The simulated run', found.simulated.ended] as const].flatMap(([run, ended]) =>
    ended === null ? [] : [`${run} did not reach its end: ${ended}`],
  );
}

/** The model's times follow the machine. */
export function paceLine({ pace }: ScenarioValidation): readonly string[] {
  if (typeof pace !== 'number') return [];
  if (pace === 1) return ['A core was as fast as when the profile was made, as far as that can be told.'];
  return [`A core was ${pace.toFixed(2)} times as fast as when the profile was made; the model's times follow.`];
}

/** A profile says nothing about another processor: Go, V8 and the kernel each have their own way of being slower there. */
export function machineLine({ profile, scenarios }: Validation): readonly string[] {
  const cpus = scenarios.flatMap(realRunsOf).flatMap(({ cpu = profile.machine.cpu }) => cpu);
  const others = [...new Set(cpus)].filter((cpu) => cpu !== profile.machine.cpu);
  if (others.length === 0) return [];
  return [
    `The real nodes ran on ${others.join(', ')}, the profile is of ${profile.machine.cpu}: \`npx sim calibrate\` measures a machine.`,
  ];
}

export function closingLine(validation: Validation, place: string): string {
  const verdict = isGood(validation) ? 'The model stands' : 'The model is out of bounds';
  return [
    ...machineLine(validation),
    `${verdict}, with the profile ${validation.profile.name} (${validation.profile.machine.cpu}). Report: ${place}`,
  ]
    .map(plain)
    .join('\n');
}
