/** The command itself, as a process: what it prints where, and what it exits with. */
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { fileOf, scratch, TINY } from './scratch.ts';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `onOutput` is told everything on stdout so far, and may send signals or close the pipe. */
function sim(args: readonly string[], onOutput: (soFar: string, child: ReturnType<typeof spawn>) => void = () => {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['sim/cli.mjs', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      onOutput(stdout, child);
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

test('sim --help names every command and every exit code, and --version the version of the package', async (t) => {
  const help = await sim(['--help']);
  t.is(help.code, 0);
  for (const word of ['run', 'check', 'setup', 'doctor', 'up', 'ls', 'down', 'clean', 'node'])
    t.regex(help.stdout, new RegExp(`^ +sim ${word}\\b`, 'm'));
  t.regex(help.stdout, /Exit codes: 0 good, 1 our bug, 2 infrastructure/);
  const { version } = JSON.parse(await readFile('package.json', 'utf8'));
  t.is((await sim(['--version'])).stdout.trim(), version);
});

test('a scenario with mistakes exits 104 with each at its line on stderr, and no stack', async (t) => {
  const file = await fileOf(t, TINY.replace('kind: payment', 'kind: paymnt').replace('nodes: 2', 'nodes: two'));
  for (const command of ['check', 'run']) {
    const { code, stdout, stderr } = await sim([command, file]);
    t.is(code, 104);
    t.is(stdout, '');
    const lines = stderr.split('\n');
    t.true(lines[0]!.startsWith(`${file}:3:28: topology.line.nodes: `), stderr);
    t.true(lines[1]!.startsWith(`${file}:5:13: workloads[0].kind: `), stderr);
    t.notRegex(stderr, /^\s+at /m);
  }
});

test('files that cannot be scenarios exit 104, each with its reason', async (t) => {
  const folder = await scratch(t);
  const [latin, empty] = [join(folder, 'latin.yaml'), join(folder, 'empty.yaml')];
  await writeFile(latin, Buffer.from('name: ok\nquestion: "caf\xe9?"\n', 'latin1'));
  await writeFile(empty, '');
  const { code, stderr } = await sim(['check', folder, join(folder, 'none.yaml'), latin, empty]);
  t.is(code, 104);
  t.deepEqual(stderr.split('\n').slice(0, 4), [
    `${folder}: is a folder: name a scenario file in it`,
    `${join(folder, 'none.yaml')}: there is no such file`,
    `${latin}:2:15: is not UTF-8 text here: save the file as UTF-8`,
    `${empty}: is empty: a scenario is a map of keys, see scenarios/`,
  ]);
});

test('wrong arguments exit 104 with the nearest word', async (t) => {
  const unknown = await sim(['chekc', 'x']);
  t.is(unknown.code, 104);
  t.regex(unknown.stderr, /^error: no command is called chekc; did you mean check\?/);
  for (const args of [
    [],
    ['run'],
    ['run', 'scenarios/smallest.yaml', '--frsh'],
    ['run', 'scenarios/smallest.yaml', '--json', '--json-stream'],
    ['run', 'scenarios/smallest.yaml', '--network', 'cloud'],
    ['run', 'scenarios/smallest.yaml', '--repeat', '0'],
  ]) {
    const { code, stderr } = await sim(args);
    t.is(code, 104, args.join(' '));
    t.notRegex(stderr, /^\s+at /m);
  }
});

test('sim run --json prints the report on stdout and all else on stderr', async (t) => {
  const [file, folder] = [await fileOf(t, TINY), await scratch(t)];
  const { code, stdout, stderr } = await sim([
    'run',
    file,
    '--network',
    'simulated',
    '--seed',
    '7',
    '--json',
    '--out',
    join(folder, 'out'),
  ]);
  t.is(code, 0, stderr);
  t.is(JSON.parse(stdout).seed, 7);
  t.is(stdout, await readFile(join(folder, 'out', 'report.json'), 'utf8'));
  t.regex(stderr, /^network: simulated: /);
});

test('several runs end with the worst code by rank, each in a folder of its own', async (t) => {
  const folder = await scratch(t);
  const good = await fileOf(t, TINY);
  const failing = await fileOf(t, TINY.replace('name: tiny', 'name: strict').replace('count >= 20', 'count >= 1000'));
  const { code, stdout, stderr } = await sim(['run', failing, good, '--network', 'simulated', '--out', folder, '--quiet']);
  t.is(code, 99, stderr);
  t.regex(stderr, /1 of 2 runs did not end well/);
  t.is(stdout.trim().split('\n').length, 2);
  for (const name of ['strict', 'tiny']) t.is(JSON.parse(await readFile(join(folder, name, 'report.json'), 'utf8')).scenario, name);
});

test('SIGINT ends a run with 105, its report written; a second press in the same moment is the same press', async (t) => {
  const [file, folder] = [await fileOf(t, TINY.replace('count: 20', 'count: 100000')), await scratch(t)];
  let signalled = false;
  const { code, stderr } = await sim(['run', file, '--network', 'simulated', '--out', join(folder, 'out')], (soFar, child) => {
    if (signalled || !soFar.includes('balances before')) return;
    signalled = true;
    child.kill('SIGINT');
    child.kill('SIGINT');
  });
  t.is(code, 105, stderr);
  t.regex(stderr, /interrupted by SIGINT/);
  t.is(JSON.parse(await readFile(join(folder, 'out', 'report.json'), 'utf8')).ended.error, 'InterruptedError');
});

test('a run whose npx was killed notices, and ends as if it had been told', async (t) => {
  const [file, folder] = [await fileOf(t, TINY.replace('count: 20', 'count: 100000')), await scratch(t)];
  const script = `"${process.execPath}" sim/cli.mjs run ${file} --network simulated --out ${join(folder, 'out')}; true`;
  const shell = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, npm_command: 'exec' } });
  for await (const chunk of shell.stdout) if (String(chunk).includes('balances before')) shell.kill('SIGKILL');
  // The pipe has closed: whoever held it is gone.
  t.is(JSON.parse(await readFile(join(folder, 'out', 'report.json'), 'utf8')).ended.error, 'InterruptedError');
});

test('a reader that goes away is no error', async (t) => {
  const { code, stderr } = await sim(['check', '--schema'], (_soFar, child) => child.stdout!.destroy());
  t.is(code, 0);
  t.is(stderr, '');
});
