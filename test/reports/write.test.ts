import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { InfrastructureError } from '../../nodes/errors.ts';
import { writeReport } from '../../reports/write.ts';
import { fixture } from './fixture.ts';

const NAMES = ['report.html', 'report.json', 'report.md', 'report.xml', 'samples.csv', 'summary.csv'];

async function folder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'leyden-report-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

test('a report is six files in a folder that is made for it', async (t) => {
  await using temporary = await folder();
  const place = join(temporary.path, 'a', 'b');
  const { files } = await writeReport(fixture(), place);
  t.deepEqual((await readdir(place)).sort(), NAMES);
  t.deepEqual(files.map((file) => file.slice(place.length + 1)).sort(), NAMES);
  t.is(JSON.parse(await readFile(join(place, 'report.json'), 'utf8')).schema, 'leyden.report/1');
});

test('a second report takes the place of the first', async (t) => {
  await using temporary = await folder();
  await writeReport(fixture({ seed: 1 }), temporary.path);
  await writeReport(fixture({ seed: 2 }), temporary.path);
  t.deepEqual((await readdir(temporary.path)).sort(), NAMES);
  t.is(JSON.parse(await readFile(join(temporary.path, 'report.json'), 'utf8')).seed, 2);
});

test('a folder that cannot be made is one error that names it, the cause and the remedy', async (t) => {
  await using temporary = await folder();
  await writeFile(join(temporary.path, 'file'), '');
  const error = await t.throwsAsync(writeReport(fixture(), join(temporary.path, 'file', 'out')), { instanceOf: InfrastructureError });
  t.regex(error?.message ?? '', /could not be written to .*file.out: a part of the path is a file, not a folder \(ENOTDIR\)/);
  t.regex((error as InfrastructureError | undefined)?.hint ?? '', /--out/);
  t.is((error as InfrastructureError | undefined)?.exitCode, 2);
});

test('where a file cannot take its name no report.json stands, and nothing temporary is left', async (t) => {
  await using temporary = await folder();
  await writeReport(fixture({ seed: 1 }), temporary.path);
  await rm(join(temporary.path, 'report.html'));
  await mkdir(join(temporary.path, 'report.html'));
  await t.throwsAsync(writeReport(fixture({ seed: 2 }), temporary.path), { instanceOf: InfrastructureError });
  const left = await readdir(temporary.path);
  t.false(left.includes('report.json'));
  t.deepEqual(
    left.filter((name) => !NAMES.includes(name)),
    [],
  );
});

test('a full disk leaves the report before it whole, and nothing of the new one', async (t) => {
  const run = promisify(execFile);
  const script = `
    import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
    import { writeReport } from ${JSON.stringify(new URL('../../reports/write.ts', import.meta.url).href)};
    import { fixture } from ${JSON.stringify(new URL('./fixture.ts', import.meta.url).href)};
    const place = process.env.PLACE;
    await writeReport(fixture({ seed: 1 }), place);
    writeFileSync(place + '/filler', Buffer.alloc(300_000));
    const error = await writeReport(fixture({ seed: 2 }), place).then(() => null, (e) => e);
    const seed = JSON.parse(readFileSync(place + '/report.json', 'utf8')).seed;
    console.log(JSON.stringify({ name: error?.name, message: error?.message, hint: error?.hint, seed, files: readdirSync(place).sort() }));
  `;
  await using temporary = await folder();
  const mounted = `mount -t tmpfs -o size=1m tmpfs "$PLACE" && exec "$NODE" --input-type=module -e "$SCRIPT"`;
  const env = { ...process.env, PLACE: temporary.path, NODE: process.execPath, SCRIPT: script };
  const may = await run('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs tmpfs "$PLACE"'], { env }).then(
    () => true,
    () => false,
  );
  if (!may) {
    t.log('skipped: this system gives no mount of one’s own (unshare -rm) to fill up');
    t.pass();
    return;
  }
  const { stdout } = await run('unshare', ['-rm', 'sh', '-c', mounted], { env });
  const said = JSON.parse(stdout);
  t.is(said.name, 'InfrastructureError');
  t.regex(said.message, /the disk is full \(ENOSPC\)/);
  t.regex(said.hint, /free some space/);
  t.is(said.seed, 1);
  t.deepEqual(said.files, ['filler', ...NAMES]);
});
