import test from 'ava';
import { comparisonHtml } from '../../reports/comparison/html.ts';
import { chartLibrary } from '../../reports/html/chart-library.ts';
import { reportHtml } from '../../reports/html/page.ts';
import { compare } from '../../sim/compare/compare.ts';
import { matrixOfRuns, tenRuns } from './several-runs.ts';

const slower = tenRuns(2, ({ name }) => (name === 'payment_latency_ms' ? 1.3 : 1));
const captions = (page: string): readonly string[] => [...page.matchAll(/<h3>([^<]*)<\/h3>/g)].map(([, text]) => text ?? '');

test('a comparison opens with its verdict and the judged figures, then lays both sides over each other', async (t) => {
  const page = comparisonHtml(compare(tenRuns(1), slower), await chartLibrary());
  t.regex(page, /<p class="verdict bad">Regression<\/p>/);
  t.is(page.match(/<th scope="row">✗ regression<\/th>/g)?.length, 5);
  t.true(page.indexOf('verdict') < page.indexOf('<main>'));
  t.true(captions(page).includes('Change of the median'));
  // A panel a judged metric, and overlays along hops.
  t.true(captions(page).filter((caption) => /^Payment latency, p50 · \d hops?$/.test(caption)).length === 5);
  t.true(captions(page).includes('Payment latency, p50'));
  for (const figure of page.match(/<figure[\s\S]*?<\/figure>/g) ?? [])
    if (figure.includes('<canvas')) t.regex(figure, /<details><summary>As a table<\/summary>[\s\S]*<tbody>\s*<tr>/);
  t.true(Buffer.byteLength(page) < 1_000_000);
});

test('of two sides that are the same it says so, and nothing is a regression', async (t) => {
  const page = comparisonHtml(compare(tenRuns(1), tenRuns(1), { same: true }), await chartLibrary());
  t.regex(page, /<p class="verdict good">No change<\/p>/);
  t.notRegex(page, /✗ regression/);
});

test('labels and names of a comparison are text, never markup', async (t) => {
  const evil = '<img src=x onerror=alert(1)>\u202e';
  const page = comparisonHtml(compare(tenRuns(1), slower, { labels: { base: evil, head: evil } }), await chartLibrary());
  t.notRegex(page.replaceAll(/<script[\s\S]*?<\/script>/g, ''), /<img|\u202e/);
});

test('a matrix is shown cell by cell, each figure in a panel of its own, and no cell stands for the others', async (t) => {
  const page = reportHtml({ report: matrixOfRuns(), samples: [] }, await chartLibrary());
  t.regex(page, /18 runs, seeds 1 to 3/);
  t.true(captions(page).includes('Payment latency, 5 hops'));
  t.true(captions(page).filter((caption) => caption.startsWith('Tunnel goodput')).length === 8);
  t.notRegex(page, /class="carriers"|<h2 id="tunnel-title"/);
  t.true(Buffer.byteLength(page) < 1_000_000);
});

test('repeats are shown run by run, beside all that one run shows', async (t) => {
  const page = reportHtml({ report: tenRuns(1), samples: [] }, await chartLibrary());
  t.regex(page, /10 runs, seeds 1 to 10/);
  t.regex(page, /<h2 id="runs-title">Run by run<\/h2>/);
  t.regex(page, /<h2 id="network-title">/);
});
