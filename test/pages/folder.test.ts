/** A folder on disk as a site: what gets in, and what does not. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { RefusedError, ScenarioError } from '../../nodes/errors.ts';
import type { SiteFile } from '../../nodes/node.ts';
import { filesOfFolder } from '../../nodes/relay/pages/folder.ts';
import { folderShelf } from '../../sim/commands/node/folder-shelf.ts';
import { joined } from './direct.ts';
import { bytesOf, file } from './line.ts';

const scratch = async (t: { teardown(run: () => Promise<void>): void }): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'leyden-site-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

const all = async (folder: string): Promise<SiteFile[]> => Array.fromAsync(filesOfFolder(folder));

test('a folder is its files, hidden ones left out, the same on every machine', async (t) => {
  const folder = await scratch(t);
  await mkdir(join(folder, 'css'));
  await mkdir(join(folder, '.git'));
  for (const path of ['index.html', 'css/style.css', '.env', '.git/config', 'css/.swp']) await writeFile(join(folder, path), path);
  t.deepEqual(
    (await all(folder)).map(({ path, size }) => [path, size]),
    [
      ['css/style.css', 13],
      ['index.html', 10],
    ],
  );
  await using pages = await joined();
  const [one, two] = [
    await pages.publisher.publish({ files: filesOfFolder(folder) }),
    await pages.reader.publish({ files: (await all(folder)).reverse() }),
  ];
  t.is(one.root, two.root, 'whatever the order in which files come');
  t.is((await bytesOf(await pages.reader.get({ url: pages.url('/') }))).toString(), 'index.html');
});

test('links are refused, into the folder and out of it, to files and to folders', async (t) => {
  const [folder, outside] = [await scratch(t), await scratch(t)];
  await writeFile(join(outside, 'secret'), 'secret');
  await writeFile(join(folder, 'a'), 'a');
  for (const target of [join(outside, 'secret'), outside, join(folder, 'a'), '/dev/zero', '../..', 'missing']) {
    await symlink(target, join(folder, 'link'));
    await t.throwsAsync(all(folder), { instanceOf: RefusedError, message: /link is a symbolic link/ }, target);
    await rm(join(folder, 'link'));
  }
});

test('a file that becomes a link, or another file, after it was listed is not read', async (t) => {
  const [folder, outside] = [await scratch(t), await scratch(t)];
  await writeFile(join(outside, 'secret'), 'secret');
  await mkdir(join(folder, 'b'));
  await writeFile(join(folder, 'b', 'secret'), 'public');
  const [listed] = await all(folder);
  await rm(join(folder, 'b'), { recursive: true });
  await symlink(outside, join(folder, 'b'));
  await t.throwsAsync(Array.fromAsync(listed!.content()), { instanceOf: RefusedError });
  await rm(join(folder, 'b'));
  await mkdir(join(folder, 'b'));
  await writeFile(join(folder, 'b', 'secret'), 'longer than before');
  await using pages = await joined();
  await t.throwsAsync(pages.publisher.publish({ files: [listed!] }), { instanceOf: RefusedError, message: /changed while it was read/ });
});

test('what is no folder, and what no site can have, is named', async (t) => {
  const folder = await scratch(t);
  await t.throwsAsync(all(join(folder, 'missing')), { instanceOf: ScenarioError });
  await writeFile(join(folder, 'a\\b'), 'x');
  await t.throwsAsync(all(folder), { instanceOf: RefusedError, message: /backslash/ });
  await using pages = await joined();
  for (const path of ['../a', '/a', 'a//b', '.a'])
    await t.throwsAsync(pages.publisher.publish({ files: [file(path, 'x')] }), { instanceOf: RefusedError });
  await t.throwsAsync(pages.publisher.publish({ files: [] }), { instanceOf: RefusedError });
  await t.throwsAsync(pages.publisher.publish({ files: [file('a', 'x'), file('a', 'y')] }), { instanceOf: RefusedError, message: /twice/ });
  await t.throwsAsync(pages.publisher.publish({ name: 'Not A Name', files: [file('a', 'x')] }), { instanceOf: RefusedError });
  t.deepEqual(await pages.publisher.sites(), []);
  t.deepEqual(await pages.publisherShelf.list('site'), [], 'nothing of it stays');
});

test('an upload that breaks off leaves the site as it was, and one without its chunks is refused', async (t) => {
  await using pages = await joined();
  const before = await pages.publisher.publish({ files: [file('a', 'one')] });
  const broken = { path: 'b', size: 200_000, content: () => failing() };
  await t.throwsAsync(pages.publisher.publish({ files: [file('a', 'two'), broken] }), { message: 'the disk is gone' });
  t.deepEqual(await pages.publisher.sites(), [before]);
  const upload = await pages.publisher.begin('');
  await upload.page(Buffer.from('no page'));
  await t.throwsAsync(upload.publish(), { instanceOf: RefusedError });
  await t.throwsAsync(upload.chunks([Buffer.from('late')]), { instanceOf: RefusedError, message: /over/ });
  t.is((await bytesOf(await pages.reader.get({ url: pages.url('/a') }))).toString(), 'one');
  const uploads = await Promise.all(Array.from({ length: 8 }, () => pages.publisher.begin('')));
  await t.throwsAsync(pages.publisher.begin(''), { instanceOf: RefusedError, message: /limit/ });
  for (const one of uploads) await one.cancel();
  await t.notThrowsAsync(pages.publisher.begin(''));
});

async function* failing(): AsyncGenerator<Buffer> {
  yield Buffer.alloc(100_000);
  throw new Error('the disk is gone');
}

test('a site outlives its relay’s process; a chunk that the disk altered is not given out as itself', async (t) => {
  const folder = await scratch(t);
  const content = Buffer.alloc(300_000, 'text that is kept ');
  {
    await using pages = await joined({ publisherShelf: await folderShelf(folder) });
    await pages.publisher.publish({ name: 'blog', files: [file('a', content)] });
  }
  const shelf = await folderShelf(folder);
  await using pages = await joined({ publisherShelf: shelf });
  t.true((await bytesOf(await pages.reader.get({ url: pages.url('/a', 'blog') }))).equals(content));
  const [chunk] = await shelf.list('site');
  await shelf.put(chunk!.name, Buffer.from('altered'));
  await t.throwsAsync(async () => bytesOf(await pages.reader.get({ url: pages.url('/a', 'blog'), from: 'cold' })), {
    name: 'IntegrityError',
  });
  await t.throwsAsync(async () => shelf.get('../../etc/passwd'), { instanceOf: RangeError });
});
