/** The sample workflow of docs/ci: what its steps do to a repository, with a `docker` that only says what it was given. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { parse } from 'yaml';
import { scratch } from '../commands/scratch.ts';

const execute = promisify(execFile);

/** Its arguments, then what stands in the folder that it was told to build. */
const DOCKER = `#!/bin/sh
for folder; do :; done
echo "$*: $(cat "$folder/code")"
`;

test('the sample workflow builds each side from its own commit, by the Dockerfile that takes what lies beside it', async (t) => {
  const folder = await scratch(t);
  const [bin, origin, checkout] = ['bin', 'origin', 'checkout'].map((name) => join(folder, name)) as [string, string, string];
  // Where a hook of git runs the tests, its variables point at this very repository; and nobody's own settings belong here.
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const settings = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };
  const env = { ...Object.fromEntries(others), ...settings, PATH: [bin, process.env.PATH].join(delimiter) };
  const git = async (...args: string[]): Promise<string> => {
    const known = ['-C', origin, '-c', 'user.name=test', '-c', 'user.email=test@localhost'];
    return (await execute('git', [...known, ...args], { env })).stdout.trim();
  };
  await mkdir(bin);
  await mkdir(origin);
  await writeFile(join(bin, 'docker'), DOCKER, { mode: 0o755 });
  await git('init', '--quiet');
  await git('config', 'uploadpack.allowAnySHA1InWant', 'true');
  for (const code of ['before', 'after']) {
    await writeFile(join(origin, 'code'), code);
    await git('add', 'code');
    await git('commit', '--quiet', '--message', code);
  }
  // As actions/checkout has it: the last commit alone.
  await git('clone', '--quiet', '--depth', '1', `file://${origin}`, checkout);
  await mkdir(join(checkout, 'leyden'));

  const workflow = parse(await readFile('docs/ci/bench.yml', 'utf8'));
  const steps: readonly { readonly run?: string }[] = workflow.jobs.bench.steps;
  const { run = '' } = steps.find((step) => step.run?.includes('docker build')) ?? {};
  const script = run.replaceAll(/\$\{\{ github\.event\.pull_request\.base\.sha \}\}/g, await git('rev-parse', 'HEAD~1'));
  const { stdout } = await execute('bash', ['-e', '-c', script], { cwd: checkout, env });
  t.deepEqual(
    stdout.split('\n').filter((line) => line.startsWith('build ')),
    [
      'build --file ../head/dev.Dockerfile --tag lnd:head ../head: after',
      'build --file ../base/dev.Dockerfile --tag lnd:base ../base: before',
    ],
  );
});
