/**
 * What `npm pack` makes, installed in empty folders under Node 22 and 24. It asks npm for some 200 packages, which takes a minute or two:
 * LEYDEN_PACK=required (`npm run test:package`, and CI) runs it.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { packageRoot } from '../nodes/docker/images/package-root.ts';

const run = promisify(execFile);
const asked = process.env.LEYDEN_PACK === 'required';
const NODES = ['22', '24'];
const PATIENCE = 15 * 60_000;

let folder = '';
const apps = new Map<string, string>();

/** The environment of somebody who has nothing of ours on the path. */
const environment = (app: string): NodeJS.ProcessEnv => {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|AVA|LEYDEN_)/iu.test(name));
  const path = (process.env.PATH ?? '').split(delimiter).filter((part) => !part.includes('node_modules'));
  return {
    ...Object.fromEntries(kept),
    PATH: [join(app, 'node_modules/.bin'), ...path].join(delimiter),
    DOCKER_HOST: 'unix:///nonexistent',
  };
};

test.before(async (t) => {
  if (!asked) return;
  t.timeout(PATIENCE);
  folder = await mkdtemp(join(tmpdir(), 'leyden-package-'));
  await run('npm', ['pack', '--pack-destination', folder], { cwd: packageRoot, env: environment(packageRoot) });
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'))!;
  for (const node of NODES) {
    const app = join(folder, `node-${node}`);
    await mkdir(app);
    await writeFile(join(app, 'package.json'), JSON.stringify({ private: true, type: 'module', allowScripts: { node: true } }));
    const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', join('..', tarball), `node@${node}`];
    await run('npm', install, { cwd: app, env: environment(app) });
    apps.set(node, app);
  }
});

test.after.always(async () => {
  if (folder !== '') await rm(folder, { recursive: true, force: true });
});

const PROGRAM = `
import { type Comparison, compare, type Finished, type Network, openNetwork, type Report, readReport, run, ScenarioError } from 'leyden';

const scenario = 'node_modules/leyden/scenarios/smallest.yaml';
const finished: Finished = await run(scenario, { network: 'simulated', seed: 3, out: 'out-library' });
const report: Report = await readReport('out-library');
const comparison: Comparison = compare(report, finished.findings.report);
await using network: Network = await openNetwork(scenario, { network: 'simulated', out: 'out-network' });
const refused: unknown = await run({ text: 'nmae: x', name: 'typo.yaml' }).catch((error: unknown) => error);
console.log(JSON.stringify({
  error: finished.error,
  same: report.metrics.length === finished.findings.report.metrics.length,
  nodes: [...network.nodes.keys()],
  verdict: comparison.verdict,
  refused: refused instanceof ScenarioError && [refused.exitCode, refused.message.split('\\n')[0]],
}));
`;

for (const node of NODES) {
  const packed = (title: string, body: (t: import('ava').ExecutionContext, app: string) => Promise<void>) =>
    test.serial(`packed and installed under Node ${node}, ${title}`, async (t) => {
      t.timeout(PATIENCE);
      if (asked) return body(t, apps.get(node)!);
      t.log('skipped: takes a minute and asks npm for packages; LEYDEN_PACK=required runs it');
      t.pass();
    });

  packed('`sim run` runs a scenario and says nothing else', async (t, app) => {
    const env = environment(app);
    t.regex((await run('node', ['--version'], { cwd: app, env })).stdout, new RegExp(`^v${node}\\.`));
    const { stdout, stderr } = await run(
      'sim',
      ['run', 'node_modules/leyden/scenarios/smallest.yaml', '--network', 'simulated', '--out', 'out'],
      {
        cwd: app,
        env,
      },
    );
    t.regex(stdout, /Both thresholds passed\. Report: out\/report\.html/);
    t.is(stderr, '');
    const { metrics } = JSON.parse(await readFile(join(app, 'out/report.json'), 'utf8'));
    t.is(metrics.find(({ name }: { name: string }) => name === 'accounting_error_msat').value, 0);
    t.regex(await readFile(join(app, 'out/report.html'), 'utf8'), /<canvas/);
  });

  packed('a mistake in a scenario ends `sim` with 104', async (t, app) => {
    await writeFile(join(app, 'wrong.yaml'), 'nmae: x\n');
    const error = await t.throwsAsync(run('sim', ['check', 'wrong.yaml'], { cwd: app, env: environment(app) }));
    t.is((error as { code?: number }).code, 104);
    t.regex((error as unknown as { stderr: string }).stderr, /wrong\.yaml:1:1: nmae: unknown key; did you mean name\?/);
  });

  packed('a program is checked against its types, declarations and all, and runs', async (t, app) => {
    await writeFile(join(app, 'program.ts'), PROGRAM);
    const compilerOptions = { strict: true, module: 'nodenext', target: 'es2023', lib: ['es2023', 'esnext.disposable'], types: [] };
    await writeFile(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
    const checked = await run(join(packageRoot, 'node_modules/.bin/tsc'), ['-p', app], { cwd: app }).catch((error) => error);
    t.is(checked.stdout, '');
    const { stdout } = await run('node', ['program.js'], { cwd: app, env: environment(app) });
    const said = JSON.parse(stdout);
    t.deepEqual([said.error, said.same, said.nodes], [null, true, ['n0', 'n1', 'n2']]);
    t.is(said.verdict, 'no change');
    t.is(said.refused[0], 104);
    t.regex(said.refused[1], /^typo\.yaml:1:1: /);
  });

  packed('what goes into the relay image is whole: laid out as the image is, it runs', async (t, app) => {
    const images = join(app, 'node_modules/leyden/dist/nodes/docker/images');
    const lay = `
      import { copyFile, mkdir, writeFile } from 'node:fs/promises';
      import { dirname, join } from 'node:path';
      const [{ installedModules, moduleFiles }, { relaySources }, { packageRoot }] = await Promise.all(
        ['modules', 'relay', 'package-root'].map((name) => import(${JSON.stringify(pathToFileURL(images).href)} + '/' + name + '.js')));
      const modules = (await Promise.all((await installedModules(packageRoot)).map(moduleFiles))).flat();
      const ours = (await relaySources()).map((entry) => ({ ...entry, path: 'leyden/' + entry.path }));
      for (const { path, content } of [...modules, ...ours]) {
        const to = join(process.argv[2], path);
        await mkdir(dirname(to), { recursive: true });
        await copyFile(content.file, to);
      }`;
    await writeFile(join(app, 'lay.js'), lay);
    const image = join(dirname(app), `image-${node}`);
    await run('node', ['lay.js', image], { cwd: app, env: environment(app) });
    const cwd = join(image, 'leyden');
    const env = { ...environment(app), NODE_OPTIONS: `--import=${join(cwd, 'docker/relay/typescript.mjs')}` };
    const { stdout } = await run('node', ['sim/cli.js', 'node', '--help'], { cwd, env });
    t.regex(stdout, /--mainnet/);
    const refused = await t.throwsAsync(run('node', ['sim/cli.js', 'node', '--config', 'nothing.json'], { cwd, env }));
    t.regex((refused as unknown as { stderr: string }).stderr, /nothing\.json/);
    t.notRegex((refused as unknown as { stderr: string }).stderr, /ERR_MODULE_NOT_FOUND|Cannot find/);
  });
}
