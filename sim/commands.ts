/** Every word of the command, each loaded when it is used: `sim check` needs no Docker client. */
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';

interface Word {
  readonly name: string;
  /** As yargs takes it: the word and its positionals. */
  readonly command: string;
  readonly describe: string;
}

const WORDS: readonly Word[] = [
  { name: 'run', command: 'run <files..>', describe: 'bring up a network, run a scenario on it, measure, report' },
  {
    name: 'validate',
    command: 'validate <files..>',
    describe: 'run scenarios on real nodes and simulated, and say how far apart they are',
  },
  { name: 'calibrate', command: 'calibrate', describe: "measure this host's LND, and write the profile of the simulated network" },
  { name: 'check', command: 'check [files..]', describe: 'read scenarios without running: every mistake at its line' },
  { name: 'bench', command: 'bench <file>', describe: 'two LND images or revisions in turns on this machine, compared' },
  { name: 'compare', command: 'compare <base> <head>', describe: 'two reports: what became worse, better, or cannot be told' },
  { name: 'setup', command: 'setup', describe: 'make the docker network possible here: engine and images' },
  { name: 'doctor', command: 'doctor', describe: 'say what the docker network lacks here, and what mends it' },
  { name: 'up', command: 'up <file>', describe: "keep a scenario's docker network up, to poke at by hand" },
  { name: 'ls', command: 'ls', describe: 'list what is up in docker' },
  { name: 'down', command: 'down [names..]', describe: 'take networks down that were kept up' },
  { name: 'clean', command: 'clean', describe: 'remove what earlier runs left behind' },
  { name: 'node', command: 'node', describe: 'the relay alone, beside a Lightning node of your own' },
];

export const COMMAND_NAMES = WORDS.map(({ name }) => name);

export const COMMANDS: readonly CommandModule[] = WORDS.map(({ name, command, describe }) => {
  let module: CommandModule;
  return {
    command,
    describe,
    async builder(parser: Argv) {
      module = await load(name);
      return typeof module.builder === 'function' ? module.builder(parser) : parser.options(module.builder ?? {});
    },
    handler: (argv: ArgumentsCamelCase) => module.handler(argv),
  };
});

async function load(name: string): Promise<CommandModule> {
  const loaded: Record<string, unknown> = await import(`./commands/${name}.ts`);
  return (loaded.default ?? loaded[name]) as CommandModule;
}
