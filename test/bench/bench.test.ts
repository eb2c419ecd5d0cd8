/** `sim bench` on the simulated network: this revision against itself, as `git:HEAD` in a checkout of its own. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ScenarioError } from '../../nodes/errors.ts';
import { type BenchRequest, runBench } from '../../sim/bench/bench.ts';
import { interleaved, timeLeft } from '../../sim/bench/interleaved.ts';
import { askedAcross, benchSide, labelOf } from '../../sim/bench/side.ts';
import { readReport } from '../../sim/measure/read-report.ts';
import { SILENT } from '../../sim/progress.ts';
import type { World } from '../../sim/run.ts';
import { world } from '../../sim/world.ts';
import { fileOf, scratch, TINY } from '../commands/scratch.ts';

const IMAGE = { kind: 'image', name: 'auto' } as const;

async function request(t: ExecutionContext, changes: Partial<BenchRequest> = {}): Promise<BenchRequest> {
  const out = join(await scratch(t), 'out');
  return {
    ...{ file: await fileOf(t, `${TINY}headline: [payment_latency_ms, accounting_error_msat]\n`), base: IMAGE, head: IMAGE, n: 2 },
    ...{ network: 'simulated', set: [], seed: undefined, level: undefined, margin: undefined, resume: false, out: () => out },
    ...{ command: 'npx sim bench', progress: SILENT, signal: new AbortController().signal, tell: (error) => t.fail(String(error)) },
    ...changes,
  };
}

test('a side is an image or a revision, and anything else is refused by name', (t) => {
  t.deepEqual(benchSide('--base', 'image:me/lnd:pr'), { kind: 'image', name: 'me/lnd:pr' });
  t.deepEqual(benchSide('--base', 'git:main~1'), { kind: 'git', ref: 'main~1' });
  t.is(labelOf(benchSide('--base', 'git:main~1')), 'git:main~1');
  for (const wrong of ['main', 'image:', 'git:--upload-pack=x', 'tar:x'])
    t.throws(() => benchSide('--head', wrong), { instanceOf: ScenarioError, message: /--head: expected image:NAME or git:REF/ });
  t.deepEqual(askedAcross(IMAGE, IMAGE), ['lnd']);
  t.deepEqual(askedAcross({ kind: 'git', ref: 'a' }, IMAGE), ['lnd', 'scenario']);
});

test('the sides take turns, and what is left is told from what was', (t) => {
  t.deepEqual(
    interleaved(['a1', 'a2'], ['b1', 'b2']).map(({ side, run }) => `${side} ${run}`),
    ['base a1', 'head b1', 'base a2', 'head b2'],
  );
  t.is(timeLeft(0, 20, 0), '');
  t.is(timeLeft(2, 20, 120_000), ', about 18 min left');
  t.is(timeLeft(2, 3, 20_000), ', about 10 s left');
});

test('the same on both sides: no change, a report a side, and the noise floor is called so', async (t) => {
  const asked = await request(t);
  const order: string[] = [];
  const watched: World = {
    ...world,
    async writeReport(findings, folder) {
      order.push(folder.slice(asked.out('').length + 1));
      return world.writeReport(findings, folder);
    },
  };
  const { comparison, folder, errors } = await runBench(asked, watched);
  t.deepEqual(order, ['base/1', 'head/1', 'base/2', 'head/2', 'base', 'head']);
  t.deepEqual(errors, []);
  t.true(comparison.same);
  t.is(comparison.verdict, 'no change');
  t.deepEqual(comparison.head.seeds, [1, 2]);
  t.is((await readReport(join(folder, 'base'))).runs?.length, 2);
  t.is(JSON.parse(await readFile(join(folder, 'compare.json'), 'utf8')).schema, 'leyden.comparison/1');
  t.regex(await readFile(join(folder, 'compare.xml'), 'utf8'), /<testcase classname="tiny" name="Payment latency, p50 · 1 hop"/);
});

test('one run a side is enough where time is virtual, and an interrupted bench goes on', async (t) => {
  const controller = new AbortController();
  const asked = await request(t, { n: 1, signal: controller.signal });
  const stopping: World = {
    ...world,
    async writeReport(findings, folder) {
      await world.writeReport(findings, folder);
      controller.abort(new Error('stop'));
    },
  };
  await t.throwsAsync(runBench(asked, stopping), { message: 'stop' });
  let runs = 0;
  const counting: World = {
    ...world,
    runWorkloads(...args) {
      runs += 1;
      return world.runWorkloads(...args);
    },
  };
  const { comparison } = await runBench({ ...asked, signal: new AbortController().signal, resume: true }, counting);
  t.is(runs, 1);
  t.is(comparison.verdict, 'no change');
});

test('an image is a matter of docker: simulated, it is refused at its argument', async (t) => {
  const asked = await request(t, { head: { kind: 'image', name: 'me/lnd:pr' }, n: 1 });
  await t.throwsAsync(runBench(asked, world), {
    instanceOf: ScenarioError,
    message: /--set nodes.image="me\/lnd:pr": nodes.image: the simulated network has no machinery/,
  });
});

test('a revision that is not there is refused before anything runs', async (t) => {
  const asked = await request(t, { base: { kind: 'git', ref: 'no-such-branch' } });
  await t.throwsAsync(runBench(asked, world), { instanceOf: ScenarioError, message: 'git:no-such-branch: no such revision here' });
});
