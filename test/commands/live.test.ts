/** What a run says while it runs: to a person at a terminal, to a log, and to a program. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { packageRoot } from '../../nodes/docker/images/package-root.ts';
import { jsonStream } from '../../sim/json-stream.ts';
import { lastTimeMs } from '../../sim/last-time.ts';
import { estimateMs, Rate } from '../../sim/pace.ts';
import { textProgress } from '../../sim/progress.ts';
import { TINY } from './scratch.ts';

const run = promisify(execFile);

function screen(isTTY: boolean, columns = 120) {
  const written: string[] = [];
  return { isTTY, columns, written, write: (text: string) => void written.push(text) };
}

test('a terminal shows the step, goodput, time and what is left of it, and where in the run it stands', (t) => {
  const terminal = screen(true);
  let nowMs = 0;
  const live = textProgress(terminal, () => nowMs);
  live.watch?.workload?.('tunnel', 4, 9);
  live.now('tunnel, keysend, down: 0 of 100000 B');
  for (let second = 1; second <= 10; second++) {
    nowMs += 1_000;
    live.watch?.moved?.(2_500, second * 1_000);
  }
  live.now('tunnel, keysend, down: 25000 of 100000 B');
  live.stop();
  t.is(
    terminal.written.at(-2),
    '\r\u001b[K  tunnel, keysend, down: 25000 of 100000 B  2.5 kB/s  10.0 s, about 30 s left · workload 4 of 9, 10 s in all',
  );
  t.is(terminal.written.at(-1)!.replace(/ {3,}/, '   '), '\r\u001b[K  tunnel, keysend, down   10.0 s\n');
});

test('how long the run before took stands beside how long this one has: the newest that ended, on the same network', async (t) => {
  const parent = await mkdtemp(join(tmpdir(), 'leyden-last-'));
  t.teardown(() => rm(parent, { recursive: true, force: true }));
  const report = JSON.parse(await readFile('test/reports/golden/vpn-5hop.report.json', 'utf8'));
  const keep = async (folder: string, kind: string, wallMs: number, ended: object | null = null) => {
    await mkdir(join(parent, folder));
    const changed = { ...report, network: { ...report.network, kind }, host: { ...report.host, wallMs }, ended };
    await writeFile(join(parent, folder, 'report.json'), JSON.stringify(changed));
  };
  const now = join(parent, 'vpn-5hop-20261128T150000Z');
  t.is(await lastTimeMs(now, 'docker', 'vpn-5hop'), null);
  await keep('vpn-5hop-20261128T100000Z', 'docker', 400_000);
  await keep('vpn-5hop-20261128T110000Z', 'docker', 331_000);
  await keep('vpn-5hop-20261128T120000Z', 'simulated', 9_000);
  await keep('vpn-5hop-20261128T130000Z', 'docker', 20_000, { error: 'Interrupted', message: 'by SIGINT' });
  await keep('vpn-5hop-20261128T160000Z', 'docker', 1_000);
  t.is(await lastTimeMs(now, 'docker', 'vpn-5hop'), 331_000);
  t.is(await lastTimeMs(now, 'simulated', 'vpn-5hop'), null);
  t.is(await lastTimeMs(join(parent, 'elsewhere'), 'docker', 'vpn-5hop'), null);

  const terminal = screen(true);
  let nowMs = 0;
  const live = textProgress(terminal, () => nowMs);
  nowMs = 4_000;
  live.watch?.lastTime?.(331_000);
  live.now('payment, 1 hop: 1 of 20');
  t.true(terminal.written.at(-1)!.endsWith('1 of 20  0.0 s · 4 s in all of 5 min 31 s the last time'), terminal.written.at(-1));
  live.stop();
});

test('a narrow terminal keeps what goes on now and leaves the rest away, never a second line', (t) => {
  const terminal = screen(true, 40);
  const live = textProgress(terminal, () => 0);
  live.now('payment, 1 hop: 1 of 20');
  live.now(`payment, 1 hop: ${'2'.repeat(60)} of 20`);
  live.stop();
  t.deepEqual(
    terminal.written.slice(0, 2).map((line) => line.slice('\r\u001b[K'.length)),
    ['  payment, 1 hop: 1 of 20  0.0 s', `  payment, 1 hop: ${'2'.repeat(21)}`],
  );
});

test('a log gets whole lines without a control code, whatever names say', (t) => {
  const log = screen(false);
  let nowMs = 0;
  const told = textProgress(log, () => nowMs);
  told.line('scenario \u001b[2Jx\r');
  told.now('payment\u0007, 1 hop: 1 of 20');
  nowMs = 40_000;
  told.now('payment, 2 hops: 1 of 20');
  told.stop();
  for (const line of log.written) t.regex(line, /^[^\p{Cc}]*\n$/u);
  t.is(log.written.length, 3);
});

test('an estimate is the pace so far, and none is given before there is one', (t) => {
  t.is(estimateMs('payment, 3 hops: 5 of 20', 10_000), 30_000);
  t.is(estimateMs('page: 50,000 of 200,000 B', 10_000), 30_000);
  t.is(estimateMs('payment, 3 hops: 0 of 20', 10_000), null);
  t.is(estimateMs('payment, 3 hops: 20 of 20', 10_000), null);
  t.is(estimateMs('payment, 3 hops: 5 of 20', 200), null);
  t.is(estimateMs('balances before', 10_000), null);
  t.is(estimateMs('odd: 5 of 0', 10_000), null);
});

test('goodput is that of the last five seconds', (t) => {
  const rate = new Rate();
  t.is(rate.bytesPerS(), null);
  for (let ms = 0; ms <= 20_000; ms += 100) rate.moved(ms < 10_000 ? 1_000 : 10, ms);
  t.is(Math.round(rate.bytesPerS()!), 100);
  rate.reset();
  t.is(rate.bytesPerS(), null);
});

async function sim(t: import('ava').ExecutionContext, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'leyden-live-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'tiny.yaml'), TINY);
  const command = [join(packageRoot, 'sim/cli.ts'), 'run', 'tiny.yaml', '--network', 'simulated', '--out', 'out', ...args];
  const ended = await run(process.execPath, command, { cwd: folder, env: { ...process.env, ...env } }).catch((error) => error);
  return { folder, out: join(folder, 'out'), ...(ended as { stdout: string; stderr: string; code?: number }) };
}

test('--json-stream tells everything as JSON lines: the run, each phase, workload, sample, metric and threshold, and how it ended', async (t) => {
  const { stdout, stderr, out } = await sim(t, ['--json-stream']);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.like(lines[0], { type: 'run', schema: 'leyden.stream/1', file: 'tiny.yaml', out: 'out' });
  t.like(lines.at(-1), { type: 'end', report: 'out', exit_code: 0, ended: null });
  const of = (type: string) => lines.filter((line) => line.type === type);
  const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8'));
  t.deepEqual(
    of('network').map(({ kind }) => kind),
    ['simulated'],
  );
  t.deepEqual(
    of('workload').map(({ kind, index, count }) => [kind, index, count]),
    report.plan.workloads.map(({ kind }: { kind: string }, i: number, all: unknown[]) => [kind, i + 1, all.length]),
  );
  t.deepEqual(
    of('metric').map(({ name }) => name),
    report.metrics.map(({ name }: { name: string }) => name),
  );
  t.is(of('threshold').length, report.thresholds.length);
  t.true(of('step').length > 0);
  const csv = (await readFile(join(out, 'samples.csv'), 'utf8')).trimEnd().split('\n').slice(1);
  t.deepEqual(
    of('sample').map(({ metric, at_ms, value }) => `${metric},${at_ms},${value}`),
    csv.map((row) => row.split(',')).map(([metric, , at, value]) => `${metric},${at},${value}`),
  );
  t.true(csv.length > 0);
  t.regex(stderr, /Report: out\/report\.html/);
});

test('the stream tells each phase of bring-up with its time, and a step that counts up not more than five times a second', (t) => {
  const lines: { type: string }[] = [];
  let nowMs = 0;
  const stream = jsonStream(
    (line) => void lines.push(JSON.parse(line)),
    () => nowMs,
  );
  nowMs = 700;
  stream.ended('bitcoind up');
  for (let i = 1; i <= 100; i++, nowMs += 10) stream.now(`payment, 1 hop: ${i} of 100`);
  t.deepEqual(lines[0], { type: 'phase', name: 'bitcoind up', ms: 700 } as never);
  t.is(lines.filter(({ type }) => type === 'step').length, 5);
});

test('--json-stream ends with an error line where there is no report, and says nothing else on stdout', async (t) => {
  const { stdout, code } = await sim(t, ['--json-stream', '--quiet', '--keep']);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.is(code, 104);
  t.like(lines.at(-1), { type: 'error', error: 'ScenarioError', exit_code: 104 });
});

test('--open hands the finished report to the desktop’s opener', async (t) => {
  const bin = await mkdtemp(join(tmpdir(), 'leyden-opener-'));
  t.teardown(() => rm(bin, { recursive: true, force: true }));
  const opener = join(bin, process.platform === 'darwin' ? 'open' : 'xdg-open');
  await writeFile(opener, '#!/bin/sh\ncp "$1" "$0.opened"\n');
  await chmod(opener, 0o755);
  await sim(t, ['--open', '--quiet'], { PATH: `${bin}${delimiter}${process.env.PATH}` });
  let opened = '';
  for (let tries = 0; tries < 200 && !opened.includes('</html>'); tries++) {
    opened = await readFile(`${opener}.opened`, 'utf8').catch(() => '');
    await new Promise((wake) => setTimeout(wake, 50));
  }
  t.regex(opened, /<html lang="en">/);
});
