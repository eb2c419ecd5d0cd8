import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import fc from 'fast-check';
import { contextFingerprint, fingerprint } from '../../nodes/docker/images/fingerprint.ts';
import { installedModules, moduleFiles } from '../../nodes/docker/images/modules.ts';
import { packageRoot } from '../../nodes/docker/images/package-root.ts';
import { stripped } from '../../nodes/docker/images/strip-types.ts';
import { type TarEntry, tar } from '../../nodes/docker/images/tar.ts';

/** The tar reader that comes with dockerode: somebody else's reading of the format. */
async function untar(archive: Uint8Array): Promise<{ path: string; mode: number; content: Buffer }[]> {
  const extract = createRequire(import.meta.url)('tar-stream').extract();
  const found: { path: string; mode: number; content: Buffer }[] = [];
  extract.on('entry', (header: { name: string; mode: number }, stream: Readable, next: () => void) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      found.push({ path: header.name, mode: header.mode, content: Buffer.concat(chunks) });
      next();
    });
  });
  await pipeline(Readable.from([archive]), extract);
  return found;
}

async function archiveOf(entries: readonly TarEntry[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar(entries)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const segment = fc.stringMatching(/^[a-z0-9@._-]{1,40}$/).filter((name) => name !== '.' && name !== '..');
const entry = fc.record({
  path: fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/')),
  content: fc.uint8Array({ maxLength: 2_000 }),
  mode: fc.constantFrom(0o644, 0o755),
});

test('another tar reader finds every path, mode and byte that went in', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 6 }), async (entries) => {
      const found = await untar(await archiveOf(entries));
      t.deepEqual(
        found,
        entries.map(({ path, mode, content }) => ({ path, mode, content: Buffer.from(content) })),
      );
    }),
    { numRuns: 50 },
  );
});

test('a path that fits no tar header is refused rather than cut', async (t) => {
  await t.throwsAsync(archiveOf([{ path: 'x'.repeat(101), content: new Uint8Array() }]), { message: /too long/ });
});

test('the fingerprint of a context changes with any byte, path or mode, and with nothing else', async (t) => {
  const one: TarEntry = { path: 'a', content: Buffer.from('1') };
  const print = await contextFingerprint([one]);
  t.is(await contextFingerprint([{ ...one }]), print);
  t.regex(print, /^[0-9a-f]{12}$/);
  const others = [
    [{ ...one, content: Buffer.from('2') }],
    [{ ...one, path: 'b' }],
    [{ ...one, mode: 0o755 }],
    [one, one],
    [],
  ] satisfies TarEntry[][];
  const prints = await Promise.all(others.map((entries) => contextFingerprint(entries)));
  t.is(new Set([print, ...prints]).size, others.length + 1);
});

test('where one part ends and the next begins is part of a fingerprint', (t) => {
  t.not(fingerprint(['ab', 'c']), fingerprint(['a', 'bc']));
});

/** A tree of packages on disk: folder → what its package.json says. */
async function packages(tree: Readonly<Record<string, object>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'leyden-modules-'));
  for (const [folder, manifest] of Object.entries(tree)) {
    await mkdir(join(root, folder), { recursive: true });
    await writeFile(join(root, folder, 'package.json'), JSON.stringify(manifest));
  }
  return root;
}

test('what goes into the relay image is neither for development nor optional, and is found as Node finds it', async (t) => {
  const root = await packages({
    '.': { dependencies: { a: '1', native: '1' }, devDependencies: { ava: '8' }, optionalDependencies: { native: '1' } },
    'node_modules/a': {
      version: '1.0.0',
      dependencies: { b: '2' },
      peerDependencies: { c: '1', d: '1' },
      peerDependenciesMeta: { d: { optional: true } },
    },
    'node_modules/a/node_modules/b': { version: '2.0.0' },
    'node_modules/b': { version: '1.0.0' },
    'node_modules/c': { version: '1.0.0', dependencies: { a: '1' } },
    'node_modules/d': { version: '1.0.0' },
    'node_modules/native': { version: '1.0.0' },
    'node_modules/ava': { version: '8.0.1' },
  });
  t.deepEqual(
    (await installedModules(root)).map(({ path, identity }) => [path, identity]),
    [
      ['leyden/node_modules/a', 'leyden/node_modules/a a 1.0.0'],
      ['leyden/node_modules/a/node_modules/b', 'leyden/node_modules/a/node_modules/b b 2.0.0'],
      ['leyden/node_modules/c', 'leyden/node_modules/c c 1.0.0'],
    ],
  );
  await rm(root, { recursive: true });
});

test('of an installed Leyden, packages beside it go to the root of the image and its own stay inside, where Node looks first', async (t) => {
  const root = await packages({
    'node_modules/leyden/dist': { dependencies: { a: '1', b: '2' } },
    'node_modules/leyden/node_modules/b': { version: '2.0.0' },
    'node_modules/a': { version: '1.0.0', dependencies: { b: '1' } },
    'node_modules/b': { version: '1.0.0' },
  });
  t.deepEqual(
    (await installedModules(join(root, 'node_modules/leyden/dist'))).map(({ path }) => path),
    ['leyden/node_modules/b', 'node_modules/a', 'node_modules/b'],
  );
  await rm(root, { recursive: true });
});

test('every dependency that package.json names is among the modules that are copied', async (t) => {
  const { dependencies } = createRequire(import.meta.url)('../../package.json') as { dependencies: Record<string, string> };
  const paths = new Set((await installedModules(packageRoot)).map(({ path }) => path));
  t.deepEqual(
    Object.keys(dependencies).filter((name) => !paths.has(`leyden/node_modules/${name}`)),
    [],
  );
});

test('a module is copied without the modules inside it, its declarations and its source maps', async (t) => {
  const files = await moduleFiles({ folder: join(packageRoot, 'node_modules/lightning'), path: 'node_modules/lightning', identity: '' });
  t.true(files.some(({ path }) => path === 'node_modules/lightning/package.json'));
  t.deepEqual(
    files.filter(
      ({ path }) => path.slice('node_modules/lightning/'.length).includes('node_modules/') || /\.d\.ts$|\.map$|\.node$/.test(path),
    ),
    [],
  );
});

test('a package that is not installed is named, with who needs it and the remedy', async (t) => {
  const root = await packages({ '.': { dependencies: { 'not-there': '1' } } });
  const error = await t.throwsAsync(installedModules(root), { name: 'InfrastructureError', message: /not-there.*node_modules/ });
  t.regex((error as { hint?: string }).hint ?? '', /npm ci/);
  await rm(root, { recursive: true });
});

test('stripped TypeScript runs as a module and keeps every line and column', async (t) => {
  const source = 'interface A { b: number }\nexport const twice = <T extends A>(a: T): number =>\n  a.b * 2;\n';
  const [entry] = await stripped([{ path: 'x.ts', content: Buffer.from(source) }]);
  const text = Buffer.from(entry?.content as Uint8Array).toString();
  t.deepEqual(
    text.split('\n').map((line) => line.length),
    source.split('\n').map((line) => line.length),
  );
  t.is(text.indexOf('a.b * 2'), source.indexOf('a.b * 2'));
  const folder = await mkdtemp(join(tmpdir(), 'leyden-test-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'x.mjs'), text);
  t.is((await import(pathToFileURL(join(folder, 'x.mjs')).href)).twice({ b: 21 }), 42);
});

test('a source that is not TypeScript is named before an image is built from it', async (t) => {
  const broken = { path: 'nodes/broken.ts', content: Buffer.from('export const = ;') };
  await t.throwsAsync(stripped([broken]), { name: 'InfrastructureError', message: /^nodes\/broken\.ts/ });
});

test('files other than TypeScript pass unchanged', async (t) => {
  const entry = { path: 'package.json', content: Buffer.from('{}') };
  t.deepEqual(await stripped([entry]), [entry]);
});
