/** `sim doctor`: what the docker network needs, what of it is here, and the command that mends each lack. */
import type { CommandModule } from 'yargs';
import { gatherFacts } from '../../nodes/docker/doctor/facts.ts';
import { type Finding, findingsOf } from '../../nodes/docker/doctor/findings.ts';
import { InfrastructureError } from '../../nodes/errors.ts';
import { interrupted } from '../interruption.ts';

const MARKS = { good: 'good', warning: 'note', missing: 'LACK' } as const;

const doctor: CommandModule<object, { json: boolean }> = {
  builder: (yargs) => yargs.option('json', { type: 'boolean', default: false, describe: 'findings and facts as JSON on stdout' }),
  handler: async ({ json }) => {
    const facts = await gatherFacts({ signal: interrupted });
    const findings = findingsOf(facts);
    process.stdout.write(json ? `${JSON.stringify({ findings, facts }, null, 2)}\n` : findings.map(lineOf).join(''));
    const lacking = findings.filter(({ state }) => state === 'missing');
    if (lacking.length > 0)
      throw new InfrastructureError(`the docker network lacks: ${lacking.map(({ check }) => check).join(', ')}`, {
        ...(lacking[0]?.remedy ? { hint: lacking[0].remedy } : {}),
      });
  },
};

export default doctor;

/** One finding as a person reads it. */
export function lineOf({ check, state, found, remedy }: Finding): string {
  const line = `${MARKS[state]}  ${check.padEnd(15)} ${found}\n`;
  return remedy === null ? line : `${line}      ${' '.repeat(15)} → ${remedy}\n`;
}
