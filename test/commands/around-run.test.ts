/** The small pieces around a run, each a function of its arguments. */
import test from 'ava';
import { InfrastructureError, InterruptedError, ScenarioError, TimeLimitError, WorkloadError } from '../../nodes/errors.ts';
import { chooseNetwork } from '../../sim/choose-network.ts';
import { commandLine } from '../../sim/command-line.ts';
import { chosen } from '../../sim/commands/down.ts';
import { errorText, exitCodeOf } from '../../sim/error-text.ts';
import { defaultFolder } from '../../sim/out-folder.ts';
import { RunsFailedError } from '../../sim/outcome.ts';
import { plannedGroups } from '../../sim/planned-runs.ts';
import { textProgress } from '../../sim/progress.ts';
import { scenarioOf } from '../../sim/scenario/read.ts';
import { TINY } from './scratch.ts';

test('an error shows what happened and what to try, its cause only when asked, and a stack only when it is our bug', (t) => {
  const cause = new Error('ECONNREFUSED');
  const error = new InfrastructureError('no engine', { hint: 'npx sim setup', cause });
  t.is(errorText(error, false), 'error: no engine\n  try: npx sim setup\n  (--verbose shows the cause)');
  t.regex(errorText(error, true), /caused by: Error: ECONNREFUSED\n\s+at /);
  t.is(errorText(new ScenarioError('a.yaml:3:1: seed: wrong'), false), 'a.yaml:3:1: seed: wrong');
  t.is(errorText(new InterruptedError('interrupted by SIGINT'), false), 'interrupted by SIGINT');
  const bug = errorText(new TypeError('x is undefined'), false);
  t.regex(bug, /TypeError: x is undefined\n\s+at /);
  t.regex(bug, /This is our bug/);
  t.is(exitCodeOf(new TypeError('x')), 1);
  t.is(exitCodeOf('a string somebody threw'), 1);
});

test('of several runs the first of 1, 2, 102, 104, 99 is the exit code, and an interruption beats all', (t) => {
  const [bug, infrastructure, limit, invalid, workload, stop] = [
    new TypeError('x'),
    new InfrastructureError('x'),
    new TimeLimitError('x'),
    new ScenarioError('x'),
    new WorkloadError('x'),
    new InterruptedError('x'),
  ];
  const code = (...errors: unknown[]) => new RunsFailedError(errors, 9).exitCode;
  t.is(code(workload, bug, infrastructure), 1);
  t.is(code(workload, limit, infrastructure), 2);
  t.is(code(workload, invalid, limit), 102);
  t.is(code(workload, invalid), 104);
  t.is(code(workload), 99);
  t.is(code(bug, stop), 105);
});

test('auto asks docker first and says why it did not take it; simulated does not ask', async (t) => {
  let asked = 0;
  const ready = (is: boolean) => async () => {
    asked += 1;
    return { ready: is, reason: is ? 'Docker answers' : 'no engine answers' };
  };
  t.deepEqual(await chooseNetwork('simulated', ready(true), {}), { kind: 'simulated', reason: 'asked for by name' });
  t.is(asked, 0);
  t.deepEqual(await chooseNetwork('auto', ready(true), {}), { kind: 'docker', reason: 'Docker answers' });
  t.deepEqual(await chooseNetwork('auto', ready(false), {}), {
    kind: 'simulated',
    reason: 'docker is not ready here (no engine answers); `npx sim setup` makes it so',
  });
  const large = '15000 nodes: the docker network takes at most 200';
  t.deepEqual(await chooseNetwork('auto', ready(true), {}, large), { kind: 'simulated', reason: large });
  await t.throwsAsync(chooseNetwork('docker', ready(false), {}), { instanceOf: InfrastructureError, message: /no engine answers/ });
});

test('every run has a folder of its own, and repeats count the seed up', (t) => {
  const scenario = scenarioOf('tiny.yaml', TINY);
  const now = new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678));
  const runs = (scenarios: number, out: string | undefined, repeat: number) =>
    plannedGroups(Array(scenarios).fill(scenario), { out, repeat, now }).flatMap((group) =>
      group.runs.map((run) => [run.out, run.scenario.plan.network.seed]),
    );
  t.is(defaultFolder('tiny', now), 'reports/out/tiny-20260102T030405Z');
  t.deepEqual(runs(1, undefined, 1), [['reports/out/tiny-20260102T030405Z', 1]]);
  t.deepEqual(runs(1, 'o', 1), [['o', 1]]);
  t.deepEqual(runs(1, 'o', 3), [
    ['o/1', 1],
    ['o/2', 2],
    ['o/3', 3],
  ]);
  t.deepEqual(runs(2, 'o', 1), [
    ['o/tiny', 1],
    ['o/tiny-2', 1],
  ]);
});

test('the command line of a report can be pasted into a shell', (t) => {
  t.is(commandLine(['node', 'cli', 'run', 'a b.yaml', '--set', "x='1 s'"]), "npx sim run 'a b.yaml' --set 'x='\\''1 s'\\'''");
});

test('sim down takes the only one, those named, or all; anything else is asked back', (t) => {
  const held = [{ runId: 'aaaa' }, { runId: 'bbbb' }];
  t.deepEqual(chosen([], [], false), []);
  t.deepEqual(chosen(held.slice(1), [], false), ['bbbb']);
  t.deepEqual(chosen(held, ['bbbb'], false), ['bbbb']);
  t.deepEqual(chosen(held, [], true), ['aaaa', 'bbbb']);
  t.throws(() => chosen(held, [], false), { instanceOf: ScenarioError, message: /2 networks/ });
  t.throws(() => chosen(held, ['cccc'], false), { instanceOf: ScenarioError });
});

test('progress is a line per step with its time; on a terminal the step that runs is drawn over itself', (t) => {
  let nowMs = 0;
  const screen = (isTTY: boolean) => {
    const written: string[] = [];
    return { written, isTTY, columns: 40, write: (text: string) => written.push(text) };
  };
  const plain = screen(false);
  const told = textProgress(plain, () => nowMs);
  told.line('network: simulated');
  nowMs += 700;
  told.ended('bitcoind up');
  told.now('payment, 1 hop: 1 of 2');
  nowMs += 300;
  told.now('payment, 1 hop: 2 of 2');
  nowMs += 300;
  told.now('payment, 2 hops: 1 of 2\u001b[2J');
  nowMs += 1_000;
  told.stop();
  t.deepEqual(
    plain.written.map((line) => line.replace(/ {2,}/g, '  ')),
    ['network: simulated\n', '  bitcoind up  0.7 s\n', '  payment, 1 hop  0.6 s\n', '  payment, 2 hops  1.0 s\n'],
  );

  const terminal = screen(true);
  const live = textProgress(terminal, () => nowMs);
  live.now(`message\u0007, keysend: ${'x'.repeat(100)}`);
  live.stop();
  t.true(terminal.written[0]!.startsWith('\r\u001b[K  message , keysend: xxx'));
  t.true(terminal.written[0]!.length < 40 + '\r\u001b[K'.length);
  t.true(terminal.written.at(-1)!.endsWith('\n'));
});
