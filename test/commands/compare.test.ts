/** `sim compare` as a process: what it prints, what it writes, and what it exits with. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { jobSummary } from '../../sim/job-summary.ts';
import { fileOf, scratch, TINY } from './scratch.ts';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function sim(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['sim/cli.mjs', ...args], { env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

test('a report against itself exits 0, against a slower one 98, against another scenario 104; CI finds its files', async (t) => {
  const folder = await scratch(t);
  const file = await fileOf(t, `${TINY}headline: [payment_latency_ms, accounting_error_msat]\n`);
  const [a, b, summary] = [join(folder, 'a'), join(folder, 'b'), join(folder, 'summary.md')];
  const simulated = ['--network', 'simulated', '--quiet'];
  t.is((await sim(['run', file, ...simulated, '--out', a, '--repeat', '2'])).code, 0);
  t.is((await sim(['run', file, ...simulated, '--out', b, '--repeat', '2', '--set', 'links={delay: 20 ms}'])).code, 0);

  const same = await sim(['compare', a, a, '--json']);
  t.is(same.code, 0, same.stderr);
  t.is(JSON.parse(same.stdout).verdict, 'no change');

  const refused = await sim(['compare', a, b]);
  t.is(refused.code, 104);
  t.is(refused.stdout, '');
  t.regex(refused.stderr, /scenario: its links are not the same(.|\n)*--across scenario/);

  const out = join(folder, 'comparison');
  const slower = await sim(['compare', a, b, '--across', 'scenario', '--out', out, '--markdown'], { GITHUB_STEP_SUMMARY: summary });
  t.is(slower.code, 98, slower.stderr);
  t.regex(slower.stdout, /^## ❌ Does it run/);
  t.is(await readFile(summary, 'utf8'), `${slower.stdout}\n`);
  t.is(await readFile(join(out, 'compare.md'), 'utf8'), slower.stdout);
  t.regex(await readFile(join(out, 'compare.xml'), 'utf8'), /failures="1"/);
  t.regex(await readFile(join(a, 'report.xml'), 'utf8'), /<testsuite name="leyden\.tiny" .*tests="3" failures="0" errors="0"/);
});

test('what is no report, and a share that is none, exit 104 with the reason', async (t) => {
  const folder = await scratch(t);
  const missing = await sim(['compare', folder, folder]);
  t.is(missing.code, 104);
  t.regex(missing.stderr, /expected a report/);
  for (const margin of ['0', '-1', 'much', '2000 %']) {
    const { code, stderr } = await sim(['compare', folder, folder, '--margin', margin]);
    t.is(code, 104, stderr);
  }
});

test('a job summary is added to what stands there, and never grows beyond what GitHub shows', async (t) => {
  const file = join(await scratch(t), 'summary.md');
  await writeFile(file, 'before\n');
  await jobSummary('# one', file);
  t.is(await readFile(file, 'utf8'), 'before\n# one\n');
  await jobSummary('é'.repeat(1_000_000), file);
  const text = await readFile(file);
  t.true(text.length <= 1_048_576, `${text.length}`);
  t.regex(text.subarray(-100).toString(), /was cut short/);
  await jobSummary('# more', file);
  t.true((await readFile(file)).length <= 1_048_576);
  await t.notThrowsAsync(jobSummary('nothing', ''));
});
