/** `sim run` from the inside: the real run on the real simulated network, and what goes wrong around it put in by hand. */
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { DeadlineError, InfrastructureError, InterruptedError, ScenarioError, TimeLimitError, WorkloadError } from '../../nodes/errors.ts';
import type { Network } from '../../nodes/node.ts';
import { DEFAULT_PROFILE } from '../../nodes/simulated/profile/default.ts';
import type { Report } from '../../sim/measure/report.ts';
import { type Progress, SILENT } from '../../sim/progress.ts';
import { type RunOptions, run, type World } from '../../sim/run.ts';
import { scenarioOf } from '../../sim/scenario/read.ts';
import { world } from '../../sim/world.ts';
import { scratch, TINY } from './scratch.ts';

const NO_DOCKER: World['dockerReady'] = async () => ({ ready: false, reason: 'no engine answers' });

interface Watched extends World {
  readonly opened: Network[];
  readonly disposed: Network[];
}

/** The real world, without docker, counting the networks that come and go. */
function watched(changes: Partial<World> = {}): Watched {
  const opened: Network[] = [];
  const disposed: Network[] = [];
  return {
    ...world,
    dockerReady: NO_DOCKER,
    opened,
    disposed,
    async open(kind, plan, options) {
      const network = await world.open(kind, plan, options);
      const dispose = network[Symbol.asyncDispose].bind(network);
      network[Symbol.asyncDispose] = async () => {
        await dispose();
        disposed.push(network);
      };
      opened.push(network);
      return network;
    },
    ...changes,
  };
}

async function options(t: ExecutionContext, changes: Partial<RunOptions> = {}): Promise<RunOptions> {
  const out = join(await scratch(t), 'deep', 'down');
  return { network: 'auto', out, keep: false, command: 'npx sim run', progress: SILENT, signal: new AbortController().signal, ...changes };
}

const told = (lines: string[]): Progress => ({ line: (text) => lines.push(text), ended() {}, now() {}, stop() {} });
const reportIn = async (folder: string): Promise<Report> => JSON.parse(await readFile(join(folder, 'report.json'), 'utf8'));
const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

test('a run writes its report, says which network and why, and takes the network down', async (t) => {
  const lines: string[] = [];
  const here = watched();
  const given = await options(t, { progress: told(lines) });
  const { error, folder } = await run(scenarioOf('tiny.yaml', TINY), given, here);
  t.is(error, null);
  t.is(lines[0], 'network: simulated: docker is not ready here (no engine answers); `npx sim setup` makes it so');
  const report = await reportIn(folder);
  t.is(report.network.kind, 'simulated');
  t.true(lines[0]!.endsWith(report.network.reason));
  t.is(report.ended, null);
  t.is(report.host.command, 'npx sim run');
  t.deepEqual(here.disposed, here.opened);
  for (const name of ['report.html', 'report.md', 'samples.csv', 'summary.csv', 'logs']) t.true(await exists(join(folder, name)), name);
});

test('the same seed gives the same report but for the host, and another seed another', async (t) => {
  const reports = await Promise.all(
    [1, 1, 2].map(async (seed) => {
      const { folder } = await run(scenarioOf('tiny.yaml', `${TINY}seed: ${seed}\n`), await options(t), watched());
      const { host: _, ...rest } = await reportIn(folder);
      return rest;
    }),
  );
  t.deepEqual(reports[0], reports[1]);
  t.notDeepEqual(reports[0]!.network.versions, reports[2]!.network.versions);
});

test('a profile that was given stands in the report of a simulated run by its name and its costs, and in none of docker', async (t) => {
  const given = { ...DEFAULT_PROFILE, name: 'mine' };
  const marked = async (network: 'docker' | 'simulated', costs = given.costs): Promise<string | undefined> => {
    const here = watched({
      dockerReady: async () => ({ ready: true, reason: 'Docker answers' }),
      open: (_kind, plan, opened) => world.open('simulated', plan, opened),
      pace: () => 1,
    });
    const asked = await options(t, { network, profile: { ...given, costs } });
    const { folder } = await run(scenarioOf('tiny.yaml', TINY), asked, here);
    return (await reportIn(folder)).network.versions.profile;
  };
  const first = await marked('simulated');
  t.regex(first ?? '', /^mine [0-9a-f]{8}$/);
  t.is(await marked('simulated'), first);
  t.not(await marked('simulated', { ...given.costs, wireUs: given.costs.wireUs + 1 }), first);
  t.is(await marked('docker'), undefined);
});

test('a threshold that fails is an error of the run, whose report is written all the same', async (t) => {
  const text = TINY.replace('count >= 20', 'count >= 1000');
  const { error, folder } = await run(scenarioOf('tiny.yaml', text), await options(t), watched());
  t.true(error instanceof WorkloadError);
  t.regex(error!.message, /tiny\.yaml:8/);
  t.deepEqual(
    (await reportIn(folder)).thresholds.map(({ passed }) => passed),
    [true, false],
  );
});

test('the time limit ends a simulated run in virtual time, with a report of what was measured until then', async (t) => {
  const text = `${TINY.replace('count: 20', 'count: 5000')}timeLimit: 5 s\n`;
  const here = watched();
  const first = await run(scenarioOf('tiny.yaml', text), await options(t), here);
  t.true(first.error instanceof TimeLimitError);
  t.is((first.error as TimeLimitError).exitCode, 102);
  const report = await reportIn(first.folder);
  t.is(report.ended?.error, 'TimeLimitError');
  t.true(report.metrics.some(({ name }) => name === 'payment_latency_ms'));
  t.deepEqual(here.disposed, here.opened);
  const again = await run(scenarioOf('tiny.yaml', text), await options(t), watched());
  t.deepEqual(again.findings.samples, first.findings.samples);
});

test('an interrupted run keeps what it measured, takes the network down and ends with 105', async (t) => {
  const controller = new AbortController();
  let payments = 0;
  const progress: Progress = {
    ...SILENT,
    now(text) {
      if (text.startsWith('payment') && ++payments === 10) controller.abort(new InterruptedError('interrupted by SIGINT'));
    },
  };
  const here = watched();
  const text = TINY.replace('count: 20', 'count: 5000');
  const { error, folder } = await run(scenarioOf('tiny.yaml', text), await options(t, { progress, signal: controller.signal }), here);
  t.is((error as InterruptedError).exitCode, 105);
  t.is((await reportIn(folder)).ended?.error, 'InterruptedError');
  t.deepEqual(here.disposed, here.opened);
});

test('a network that does not come up leaves its logs, or else no folder at all', async (t) => {
  const late = new DeadlineError('n3 was late');
  const silent = await options(t);
  await t.throwsAsync(run(scenarioOf('tiny.yaml', TINY), silent, watched({ open: () => Promise.reject(late) })), { is: late });
  t.false(await exists(silent.out));

  const logging = await options(t);
  const open: World['open'] = async (_kind, _plan, { logs }) => {
    await writeFile(join(logs, 'n3.log'), 'no space left');
    throw late;
  };
  await t.throwsAsync(run(scenarioOf('tiny.yaml', TINY), logging, watched({ open })), { is: late });
  t.true(await exists(join(logging.out, 'logs', 'n3.log')));
});

test('what fails because bring-up was interrupted is told as the interruption', async (t) => {
  const controller = new AbortController();
  const open: World['open'] = async () => {
    controller.abort(new InterruptedError('interrupted by SIGTERM'));
    throw new Error('socket closed');
  };
  await t.throwsAsync(run(scenarioOf('tiny.yaml', TINY), await options(t, { signal: controller.signal }), watched({ open })), {
    instanceOf: InterruptedError,
  });
});

test('a folder that cannot be written to is found before anything starts', async (t) => {
  const file = join(await scratch(t), 'file');
  await writeFile(file, '');
  const here = watched();
  const error = await t.throwsAsync(run(scenarioOf('tiny.yaml', TINY), await options(t, { out: join(file, 'out') }), here), {
    instanceOf: InfrastructureError,
  });
  t.regex(error!.message, /cannot be written to .*: a part of the path is a file/);
  t.is(here.opened.length, 0);
});

test("a folder that holds somebody's files is not written to; one that holds a report is", async (t) => {
  const folder = await scratch(t);
  await writeFile(join(folder, 'thesis.txt'), 'mine');
  await t.throwsAsync(run(scenarioOf('tiny.yaml', TINY), await options(t, { out: folder }), watched()), {
    instanceOf: ScenarioError,
    message: /is not empty/,
  });
  const given = await options(t);
  await run(scenarioOf('tiny.yaml', TINY), given, watched());
  await t.notThrowsAsync(run(scenarioOf('tiny.yaml', TINY), given, watched()));
});

test('what only docker can do is refused by name when simulated, at its place', async (t) => {
  const here = watched();
  const text = TINY.replace('topology:', 'nodes: { memory: 1 GiB, n1: { flags: [--alias=x] } }\ntopology:');
  const error = await t.throwsAsync(run(scenarioOf('tiny.yaml', text), await options(t), here), { instanceOf: ScenarioError });
  t.is(
    error!.message,
    [
      'tiny.yaml:3:18: nodes.memory: the simulated network has no machinery for it; run with --network docker',
      'tiny.yaml:3:38: nodes.flags: the simulated network has no machinery for it; run with --network docker',
    ].join('\n'),
  );
  await t.throwsAsync(run(scenarioOf('tiny.yaml', TINY), await options(t, { keep: true }), here), { message: /--keep/ });
  t.is(here.opened.length, 0);
});

test('docker asked for by name and not ready is an error with the remedy, never a simulated run', async (t) => {
  const here = watched();
  const error = await t.throwsAsync(run(scenarioOf('tiny.yaml', TINY), await options(t, { network: 'docker' }), here), {
    instanceOf: InfrastructureError,
  });
  t.is((error as InfrastructureError).hint, 'npx sim setup');
  t.is(here.opened.length, 0);
});

test('docker that is ready is taken by auto; more nodes than a machine can start are simulated, and refused where docker was asked for', async (t) => {
  const kinds: string[] = [];
  const open: World['open'] = (kind) => {
    kinds.push(kind);
    return Promise.reject(new InfrastructureError('enough'));
  };
  const here = watched({ open, dockerReady: async () => ({ ready: true, reason: 'Docker answers' }) });
  await t.throwsAsync(run(scenarioOf('tiny.yaml', TINY), await options(t), here), { message: 'enough' });
  t.deepEqual(kinds, ['docker']);
  const many = TINY.replace('nodes: 2', 'nodes: 201');
  await t.throwsAsync(run(scenarioOf('tiny.yaml', many), await options(t), here), { message: 'enough' });
  t.deepEqual(kinds, ['docker', 'simulated']);
  const asked = await options(t, { network: 'docker' });
  await t.throwsAsync(run(scenarioOf('tiny.yaml', many), asked, here), { instanceOf: ScenarioError, message: /201 nodes/ });
});

test('a report that cannot be written at the end is one error, and the network is taken down', async (t) => {
  const full = new InfrastructureError('the disk is full');
  const here = watched({ writeReport: () => Promise.reject(full) });
  await t.throwsAsync(run(scenarioOf('tiny.yaml', TINY), await options(t), here), { is: full });
  t.deepEqual(here.disposed, here.opened);
});
