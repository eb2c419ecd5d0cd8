/** Pages between simulated nodes: published at one end of a line, read at the other. */
import test from 'ava';
import { NotFoundError } from '../../nodes/errors.ts';
import { bytesOf, file, noise, openLine } from './line.ts';

const TEXT = 'a line of text that comes again and again\n'.repeat(4_000);

test('files of a site arrive as they were published, over each carrier', async (t) => {
  await using network = await openLine(3);
  const [reader, publisher] = [network.relays.get('n0')!, network.relays.get('n2')!];
  const image = noise('image', 150_000);
  const files = [file('index.html', '<h1>hello</h1>'), file('text.txt', TEXT), file('img/a b.png', image), file('empty', '')];
  const site = await publisher.pages.publish({ files });
  t.like(site, { name: '', files: 4, pages: 1 });
  for (const carrier of ['keysend', 'onion-message', 'peer-message'] as const) {
    const get = (path: string) => reader.pages.get({ url: `leyden://${publisher.publicKey}${path}`, carrier, from: 'cold' });
    const index = await get('/');
    t.like(index, { path: 'index.html', mime: 'text/html; charset=utf-8', size: 14, sequence: site.sequence, root: site.root });
    t.is((await bytesOf(index)).toString(), '<h1>hello</h1>');
    t.deepEqual(await bytesOf(await get('/img/a%20b.png')), image);
    t.is((await bytesOf(await get('/text.txt'))).toString(), TEXT);
    t.is((await bytesOf(await get('/empty'))).length, 0);
    await t.throwsAsync(get('/nothing'), { instanceOf: NotFoundError });
  }
});

test('what was fetched once costs nothing the second time', async (t) => {
  await using network = await openLine(3);
  const [reader, publisher] = [network.relays.get('n0')!, network.relays.get('n2')!];
  const content = noise('kept', 100_000);
  await publisher.pages.publish({ files: [file('kept.bin', content)] });
  const request = { url: `leyden://${publisher.publicKey}/kept.bin`, carrier: 'keysend' } as const;
  const paid = async () => (await reader.ledger()).htlcsSettled + (await publisher.ledger()).htlcsSettled;
  t.deepEqual(await bytesOf(await reader.pages.get(request)), content);
  await network.quiet();
  const before = await paid();
  t.true(before > 90);
  t.deepEqual(await bytesOf(await reader.pages.get(request)), content);
  await network.quiet();
  t.is(await paid(), before);
});
