/** `sim validate` from a file to its report. Real nodes cost minutes: a simulated run stands for theirs, with its network's kind rewritten. */
import { execFile } from 'node:child_process';
import { access, cp, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { InterruptedError, ScenarioError } from '../../nodes/errors.ts';
import { DEFAULT_PROFILE } from '../../nodes/simulated/profile/default.ts';
import type { Profile } from '../../nodes/simulated/profile/profile.ts';
import { readProfile } from '../../nodes/simulated/profile/read.ts';
import { SHIPPED_PROFILES, shippedProfile } from '../../nodes/simulated/profile/shipped.ts';
import { networkOf, PROBE_PLANS } from '../../sim/calibrate/plans.ts';
import { processor } from '../../sim/host.ts';
import type { Report } from '../../sim/measure/report.ts';
import { SILENT } from '../../sim/progress.ts';
import type { World } from '../../sim/run.ts';
import { scenarioOf } from '../../sim/scenario/read.ts';
import { askedRuns } from '../../sim/validate/asked-runs.ts';
import { fingerprint } from '../../sim/validate/fingerprint.ts';
import { refuseOwnMaterial, validate } from '../../sim/validate/validate.ts';
import type { Validation } from '../../sim/validate/validation.ts';
import { world } from '../../sim/world.ts';
import { fileOf, scratch, TINY } from '../commands/scratch.ts';

const execute = promisify(execFile);

test('against figures like its own the model stands: a table, a page and JSON, and 0', async (t) => {
  const { file, real, out } = await realRun(t, (report) => Object.assign(report.host, { cpu: 'Another Processor' }));
  const { code, stdout } = await sim('validate', file, '--real', real, '--out', out, '--quiet');
  t.is(code, 0);
  t.regex(stdout, /The real nodes ran on Another Processor, the profile is of .*: `npx sim calibrate`/);
  t.regex(stdout, /Payment latency, median, 1 hop .* 1\.00 .* within 20 % {2}good/);
  t.regex(stdout, /Fee of a payment, 1 hop .* equal .* good/);
  const validation = JSON.parse(await readFile(join(out, 'validation.json'), 'utf8')) as Validation;
  t.is(validation.schema, 'leyden.validation/1');
  const latency = validation.scenarios[0]!.rows.find(({ metric }) => metric === 'payment_latency_ms')!;
  t.deepEqual([latency.ratio, latency.verdict], [1, 'good']);
  t.true(latency.interval![0] <= 1 && latency.interval![1] >= 1);
  const page = await readFile(join(out, 'validation.html'), 'utf8');
  t.regex(page, /How far is the model from LND\?/);
  t.notRegex(page, /<script|https?:\/\/(?!www\.w3\.org)/);
});

test('a figure that is out of bounds is named first, and the command ends 99', async (t) => {
  const { file, real, out } = await realRun(t, (report) => {
    for (const metric of report.metrics) {
      if (metric.name === 'payment_latency_ms') Object.assign(metric.summary!, { p50: metric.summary!.p50! / 2 });
    }
  });
  const { code, stdout, stderr } = await sim('validate', file, '--real', real, '--out', out, '--quiet');
  t.is(code, 99);
  t.regex(stdout, /Verdict\n {2}Payment latency, median, 1 hop .* 2\.00 .* OUT/);
  t.regex(stderr, /the model is out of bounds for tiny/);
});

test('--json prints the validation alone on stdout', async (t) => {
  const { file, real, out } = await realRun(t);
  const { stdout } = await sim('validate', file, '--real', real, '--out', out, '--json');
  t.is((JSON.parse(stdout) as Validation).scenarios[0]!.scenario, 'tiny');
});

test('a simulated report, one of another scenario or none at all cannot stand for real nodes', async (t) => {
  const { file, real, out } = await realRun(t, (report) => Object.assign(report.network, { kind: 'simulated' }));
  const simulated = await sim('validate', file, '--real', real, '--out', out);
  t.is(simulated.code, 104);
  t.regex(simulated.stderr, /expected the report of a docker run/);
  const none = await sim('validate', file, '--real', join(real, 'nowhere'), '--out', out);
  t.is(none.code, 104);
  const other = await fileOf(t, TINY.replace('count: 20', 'count: 21'));
  const docker = await realRun(t);
  const changed = await sim('validate', other, '--real', docker.real, '--out', out);
  t.is(changed.code, 104);
  t.regex(changed.stderr, /with other nodes or workloads/);
});

test('--real once for each run: their median is judged, each has its mark, and their range stands in the table and on the page', async (t) => {
  const { file, real, out, another } = await realRun(t);
  const times = (factor: number) => (report: Report) => {
    for (const metric of report.metrics)
      if (metric.name === 'payment_latency_ms') Object.assign(metric.summary!, { p50: metric.summary!.p50! * factor });
  };
  const [slow, fast] = [await another('slow', times(2)), await another('fast', times(0.5))];
  const { code, stdout } = await sim('validate', file, '--real', slow, '--real', real, '--real', fast, '--out', out, '--quiet');
  t.is(code, 0);
  t.regex(stdout, /LND +Of 3 runs +Simulated/);
  t.regex(stdout, /Payment latency, median, 1 hop .* ms … .* ms .* 1\.00 .* within 20 % {2}good/);
  const [found] = (JSON.parse(await readFile(join(out, 'validation.json'), 'utf8')) as Validation).scenarios;
  t.is(found!.real.folder, slow);
  t.deepEqual(
    found!.realRuns!.map(({ folder }) => folder),
    [slow, real, fast],
  );
  const latency = found!.rows.find(({ metric }) => metric === 'payment_latency_ms')!;
  t.deepEqual(latency.realRuns, [2 * latency.real!, latency.real, latency.real! / 2]);
  const page = await readFile(join(out, 'validation.html'), 'utf8');
  t.regex(page, /Of 3 runs/);
  t.regex(page, /Real nodes, run 3 of 3: /);
});

test('real runs are asked for by a number or by their folders: neither both, nor none, nor one folder twice', async (t) => {
  const count = (runs: string) => t.throws(() => askedRuns({ runs, real: [] }), { instanceOf: ScenarioError })!.message;
  for (const runs of ['0', '21', '-1', '2.5', 'x']) t.is(count(runs), `--runs: expected a whole number from 1 to 20, found ${runs}`);
  t.deepEqual(askedRuns({ runs: undefined, real: [] }), { kind: 'anew', count: 3 });
  t.deepEqual(askedRuns({ runs: '20', real: [] }), { kind: 'anew', count: 20 });
  t.deepEqual(askedRuns({ runs: undefined, real: ['b', 'a'] }), { kind: 'before', folders: ['b', 'a'] });
  t.throws(() => askedRuns({ runs: undefined, real: ['a', 'b', './a/'] }), { message: /expected each run once, found \.\/a\/ twice/ });
  const file = await fileOf(t, TINY);
  const both = await sim('validate', file, '--runs', '2', '--real', 'a');
  t.is(both.code, 104);
  t.regex(both.stderr, /--runs and --real: expected one of them/);
  const none = await sim('validate', file, '--runs', '0');
  t.is(none.code, 104);
  t.regex(none.stderr, /--runs: expected a whole number from 1 to 20, found 0/);
});

test('of several folders the one that holds no run of the scenario is named', async (t) => {
  const { file, real, out, another } = await realRun(t);
  const wrong = await another('wrong', (report) => Object.assign(report.network, { kind: 'simulated' }));
  const { code, stderr } = await sim('validate', file, '--real', real, '--real', wrong, '--out', out);
  t.is(code, 104);
  t.true(stderr.includes(`${wrong}: expected the report of a docker run`), stderr);
});

test('all real runs go before the simulated one, each into a folder of its own, a single one into `docker` itself', async (t) => {
  const three = await inProcess(t, 3);
  t.deepEqual(three.lines, [
    '── tiny, on real nodes, run 1 of 3',
    '── tiny, on real nodes, run 2 of 3',
    '── tiny, on real nodes, run 3 of 3',
    '── tiny, simulated',
  ]);
  t.deepEqual(
    three.found!.realRuns!.map(({ folder }) => relative(three.folder, folder)),
    ['docker/1', 'docker/2', 'docker/3'],
  );
  for (const below of ['docker/1', 'docker/2', 'docker/3', 'simulated']) await access(join(three.folder, below, 'report.json'));
  const one = await inProcess(t, 1);
  t.deepEqual(one.lines, ['── tiny, on real nodes', '── tiny, simulated']);
  t.deepEqual(
    one.found!.realRuns!.map(({ folder }) => relative(one.folder, folder)),
    ['docker'],
  );
});

test('the pace is the mean of the readings of all real runs', async (t) => {
  const profile = { ...DEFAULT_PROFILE, machine: { ...DEFAULT_PROFILE.machine, cpu: processor() ?? '', pacePerS: 1_000 } };
  const readings = [500, 700, 400, 600, 300, 500];
  const { found } = await inProcess(t, 3, { profile, pace: () => readings.shift()! });
  t.is(found!.pace, 0.5);
});

test('an interruption within the second of three real runs ends the validation, and the first stays to be given as --real', async (t) => {
  const { lines, folder, error } = await inProcess(t, 3, { interruptAt: 'run 2 of 3' });
  t.true(error instanceof InterruptedError);
  t.is(lines.at(-1), '── tiny, on real nodes, run 2 of 3');
  await access(join(folder, 'docker/1', 'report.json'));
});

test('a profile that was measured on the scenario itself is refused: it would be judged by itself', async (t) => {
  const { file, real, out } = await realRun(t);
  const profile = JSON.parse(await readFile('nodes/simulated/profile/default.json', 'utf8'));
  const own = join(out, '..', 'own.json');
  const { network } = scenarioOf(file, TINY).plan;
  const madeFrom = [{ name: 'tiny', fingerprint: fingerprint({ network, workloads: [] }) }];
  await writeFile(own, JSON.stringify({ ...profile, madeFrom }));
  const { code, stderr } = await sim('validate', file, '--real', real, '--out', out, '--profile', own);
  t.is(code, 104);
  t.regex(stderr, /it would be judged by itself/);
});

test('a probe network of `sim calibrate` cannot be validated with a profile that ships, whatever is asked of it', (t) => {
  for (const probe of PROBE_PLANS) {
    const line = TINY.replace('{ nodes: 2 }', `{ nodes: ${probe.nodes}, capacity: 16M sat }`);
    const relays = probe.relays ? 'relay: { on: all, feeLimit: 1000 sat }\n' : '';
    const scenario = scenarioOf('own.yaml', `${line}nodes: { onionLimiter: off }\n${relays}`);
    const { nodes, channels } = networkOf(probe);
    t.deepEqual([scenario.plan.network.nodes, scenario.plan.network.channels], [nodes, channels]);
    for (const profile of SHIPPED_PROFILES) {
      const refused = t.throws(() => refuseOwnMaterial([scenario], profile), { instanceOf: ScenarioError });
      const expected = `own.yaml: the profile ${profile.name} was measured on this very network (calibrate-${probe.name})`;
      t.true(refused!.message.startsWith(expected), refused!.message);
    }
  }
  t.notThrows(() => refuseOwnMaterial([scenarioOf('tiny.yaml', TINY)], DEFAULT_PROFILE));
});

test('the model’s times follow the pace of the machine, where that is known of both', async (t) => {
  const { file, real, out } = await realRun(t, (report) => Object.assign(report.host, { pacePerS: [600, 400], cpu: undefined }));
  const profile = JSON.parse(await readFile('nodes/simulated/profile/default.json', 'utf8'));
  const at = async (pacePerS: number | undefined) => {
    const own = join(out, '..', 'own.json');
    await writeFile(own, JSON.stringify({ ...profile, machine: { ...profile.machine, pacePerS } }));
    const { stdout } = await sim('validate', file, '--real', real, '--out', out, '--profile', own, '--json');
    const [scenario] = (JSON.parse(stdout) as Validation).scenarios;
    const ratio = scenario!.rows.find(({ metric }) => metric === 'payment_latency_ms')!.ratio!;
    return { pace: scenario!.pace, ratio };
  };
  // Readings of one machine scatter by a fifth.
  const [unknown, alike, slower] = [await at(undefined), await at(600), await at(1_000)];
  t.deepEqual([unknown.pace, alike.pace, slower.pace], [null, 1, 0.5]);
  t.is(unknown.ratio, 1);
  t.is(alike.ratio, 1);
  t.true(slower.ratio > 1.2 && slower.ratio < 2, `${slower.ratio}: what waits for a timer is not slower`);
});

test('a profile with a cost missing, unknown or impossible is refused, everything wrong at once', async (t) => {
  const { file, real, out } = await realRun(t);
  const { costs, ...profile } = JSON.parse(await readFile('nodes/simulated/profile/default.json', 'utf8'));
  const { cores, ...rest } = costs;
  const bad = join(out, '..', 'bad.json');
  await writeFile(bad, JSON.stringify({ ...profile, costs: { ...rest, wireUs: -1, luckUs: 3 } }));
  const { code, stderr } = await sim('validate', file, '--real', real, '--out', out, '--profile', bad);
  t.is(code, 104);
  t.regex(stderr, /costs\.cores: missing/);
  t.regex(stderr, /costs\.luckUs: unknown/);
  t.regex(stderr, /costs\.wireUs: expected a number from 0/);
});

test('a processor has its own profile where one ships, else the default', async (t) => {
  for (const profile of SHIPPED_PROFILES) t.is(shippedProfile(profile.machine.cpu), profile);
  t.is(shippedProfile('Another Processor'), DEFAULT_PROFILE);
  t.is(shippedProfile(null), DEFAULT_PROFILE);
  t.deepEqual(await readProfile('nodes/simulated/profile/intel-xeon-2-cores.json'), SHIPPED_PROFILES[1]);
});

test('no profile that ships was measured on any scenario of the repository', async (t) => {
  const { globSync } = await import('node:fs');
  const madeFrom = SHIPPED_PROFILES.flatMap((profile) => profile.madeFrom);
  const files = globSync('scenarios/**/*.yaml');
  t.true(files.length > 5);
  for (const file of files) {
    const text = await readFile(file, 'utf8');
    const { network } = scenarioOf(file, text).plan;
    const found = fingerprint({ network, workloads: [] });
    t.false(
      madeFrom.some((made) => made.fingerprint === found),
      file,
    );
  }
});

/** A run of TINY that says it was on docker. */
async function realRun(t: ExecutionContext, change: (report: Report) => void = () => {}) {
  const folder = await scratch(t);
  const file = await fileOf(t, TINY);
  await sim('run', file, '--network', 'simulated', '--out', join(folder, 'run'), '--quiet');
  const another = async (name: string, change: (report: Report) => void): Promise<string> => {
    const real = join(folder, name);
    await cp(join(folder, 'run'), real, { recursive: true });
    const report = JSON.parse(await readFile(join(real, 'report.json'), 'utf8')) as Report;
    Object.assign(report.network, { kind: 'docker' });
    change(report);
    await writeFile(join(real, 'report.json'), JSON.stringify(report));
    return real;
  };
  return { file, real: await another('real', change), out: join(folder, 'out'), another };
}

interface InProcess {
  readonly profile?: Profile;
  readonly pace?: () => number;
  /** Part of the progress line at which somebody presses Ctrl-C. */
  readonly interruptAt?: string;
}

/** A validation of TINY whose real nodes are simulated ones. */
async function inProcess(t: ExecutionContext, count: number, { profile = DEFAULT_PROFILE, pace, interruptAt }: InProcess = {}) {
  const folder = await scratch(t);
  const lines: string[] = [];
  const interruption = new AbortController();
  const line = (text: string) => {
    if (text.startsWith('──')) lines.push(text);
    if (interruptAt !== undefined && text.includes(interruptAt)) interruption.abort(new InterruptedError('interrupted by SIGINT'));
  };
  const here: World = {
    ...world,
    dockerReady: async () => ({ ready: true, reason: 'a simulated network stands for it' }),
    open: (_, plan, options) => world.open('simulated', plan, options),
    pace: pace ?? (() => 1),
  };
  const { signal } = interruption;
  const asked = { kind: 'anew', count } as const;
  const options = { folder, real: asked, profile, command: 'sim validate', progress: { ...SILENT, line }, signal };
  try {
    return { folder, lines, found: await validate(scenarioOf('tiny.yaml', TINY), options, here), error: null };
  } catch (error) {
    if (interruptAt === undefined) throw error;
    return { folder, lines, found: null, error };
  }
}

/** The profile of simulated runs, whatever the processor here: one of them stands for the real nodes. */
const PROFILE = ['--profile', 'nodes/simulated/profile/default.json'];

async function sim(...asked: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const args = asked.includes('--profile') ? asked : [...asked, ...PROFILE];
  try {
    return { code: 0, ...(await execute(process.execPath, ['sim/cli.ts', ...args])) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}
