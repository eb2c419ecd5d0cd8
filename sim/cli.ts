/** The `sim` command: which words there are, and the one place where errors are printed and become exit codes. */
import yargs, { type Argv, type CommandModule } from 'yargs';
import { hideBin } from 'yargs/helpers';
import { LeydenError, ScenarioError } from '../nodes/errors.ts';
import { COMMAND_NAMES, COMMANDS } from './commands.ts';
import { errorText, exitCodeOf } from './error-text.ts';
import { interrupted, listen } from './interruption.ts';
import { didYouMean } from './scenario/nearest.ts';
import { version } from './version.ts';

/** What still holds the process open after its work is done is ours to mend, not the user's to wait for. */
const LINGER_MS = 2_000;

const tell = (line: string) => void process.stderr.write(`${line}\n`);
const args = hideBin(process.argv);
const verbose = args.includes('--verbose') || Boolean(process.env.LEYDEN_DEBUG);

// A reader that went away (`sim … | head`) must neither be an error nor stop a run before it has cleaned up.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
listen(tell);
try {
  await cli().parseAsync();
  // What escaped from a command that waits for nothing has nobody else to tell it.
  if (interrupted.aborted && !(interrupted.reason instanceof LeydenError)) throw interrupted.reason;
} catch (error) {
  tell(errorText(error, verbose));
  process.exitCode = exitCodeOf(error);
}
setTimeout(() => process.exit(), LINGER_MS).unref();

function cli(): Argv {
  return COMMANDS.reduce((parser, command) => parser.command(command as CommandModule), yargs(args))
    .scriptName('sim')
    .usage('$0 <command>\n\nA bench for data over the Lightning Network, real or simulated.')
    .option('verbose', { type: 'boolean', global: true, describe: 'show stacks and causes of errors (also: LEYDEN_DEBUG=1)' })
    .example('$0 run scenarios/vpn-5hop.yaml', 'the main question, on docker where it is ready, else simulated')
    .example('$0 check scenarios/*.yaml', 'read without running: every mistake at its line')
    .example('$0 setup', 'make the docker network possible here')
    .epilogue(
      'Exit codes: 0 good, 1 our bug, 2 infrastructure, 97 inconclusive, 98 regression, 99 threshold or workload failed,\n102 time limit, 104 invalid scenario or arguments, 105 interrupted.',
    )
    .version(version)
    .demandCommand(1, 'expected a command')
    .strict()
    .wrap(Math.min(120, process.stdout.columns ?? 100))
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new ScenarioError(reworded(message), { hint: '`sim --help`, or `sim <command> --help`' });
    });
}

function reworded(message: string): string {
  const [, word] = /^Unknown arguments?: ([^,\s]+)/u.exec(message) ?? [];
  const isCommand = word !== undefined && word === args.find((arg) => !arg.startsWith('-'));
  return isCommand ? `no command is called ${word}${didYouMean(word, COMMAND_NAMES)}` : message;
}
