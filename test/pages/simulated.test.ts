/** Pages between simulated nodes: published at one end of a line, read at the other. */
import test from 'ava';
import { NotFoundError } from '../../nodes/errors.ts';
import { pages as pagesSection } from '../../reports/sections/pages.ts';
import { readScenario } from '../../sim/scenario/read.ts';
import { runWorkloads } from '../../sim/workload/run-workloads.ts';
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

test('the page workload measures each size over each carrier, cold, and accounts for every millisatoshi', async (t) => {
  await using network = await openLine(3);
  const carriers = ['keysend', 'htlc-record', 'onion-message', 'peer-message'] as const;
  const workload = {
    kind: 'page',
    at: 'x:1',
    from: 'n0',
    to: 'n2',
    hops: 2,
    carriers,
    onionBytesMax: 32834,
    loads: 2,
    parallel: 2,
  } as const;
  const plan = {
    name: 'pages',
    question: '?',
    seed: 1,
    timeLimitMs: 1e6,
    network: network.plan,
    workloads: [{ ...workload, sizes: [40_000, 1_000] }],
    thresholds: [],
  };
  const { report, error } = await runWorkloads(plan, network, { signal: new AbortController().signal, progress: () => {} });
  t.is(error, null);
  const named = (name: string) => report.metrics.filter((metric) => metric.name === name);
  t.deepEqual(
    named('page_load_ms').map(({ tags, summary }) => [tags.carrier, tags.size, summary?.count]),
    carriers.flatMap((carrier) => [1_000, 40_000].map((size) => [carrier, size, workload.loads * workload.parallel])),
  );
  t.deepEqual(
    named('page_size_max_bytes').map(({ value }) => value),
    carriers.map(() => 40_000),
  );
  const cost = (carrier: string) => named('cost_msat_per_mib').find(({ tags }) => tags.carrier === carrier)!.value!;
  t.true(cost('keysend') > (2 ** 20 / 1_156) * 1_000);
  t.is(cost('peer-message'), 0);
  t.is(named('accounting_error_msat')[0]?.value, 0);
  const section = pagesSection({ ...report, network: { ...report.network, reason: '' } } as Parameters<typeof pagesSection>[0]);
  t.is(section?.figures[0]?.table.rows.length, 8);
});

test('a browser is refused by name where there is none', async (t) => {
  const { dockerOnly } = await readScenario('scenarios/browser-site.yaml');
  t.is(dockerOnly.length, 3);
  t.regex(dockerOnly[0]!.text, /browser: the simulated network has none/);
});
