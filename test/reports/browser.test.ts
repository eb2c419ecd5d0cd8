/** The page in a real Chromium, from disk. LEYDEN_CHROMIUM=required fails where there is none; else the tests say why they were skipped. */
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { type Browser, chromium, type Page } from 'playwright-core';
import { writeComparison } from '../../reports/comparison/write.ts';
import { writeReport } from '../../reports/write.ts';
import { compare } from '../../sim/compare/compare.ts';
import type { GoodputLine } from '../../sim/measure/goodput-line.ts';
import type { EventRecord, Findings } from '../../sim/measure/report.ts';
import { fixture } from './fixture.ts';
import { matrixOfRuns, tenRuns } from './several-runs.ts';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS =
  '--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run'.split(
    ' ',
  );

/** Long, since nothing is measured by it: a machine that brings up a network at the same time is slow. */
const DEADLINE_MS = 120_000;

let browser: Browser | null = null;
let folder = '';

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leyden-page-'));
  await writeReport(fixture(), folder);
  await writeReport(eventful(), join(folder, 'events'));
  await writeReport({ report: matrixOfRuns(), samples: [] }, join(folder, 'matrix'));
  const slower = tenRuns(2, ({ name }) => (name === 'payment_latency_ms' ? 1.3 : 1));
  await writeComparison(compare(tenRuns(1), slower), join(folder, 'comparison'));
  const there = await access(CHROMIUM).then(
    () => true,
    () => false,
  );
  if (there) browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  else if (process.env.LEYDEN_CHROMIUM === 'required') throw new Error(`LEYDEN_CHROMIUM=required, and there is no ${CHROMIUM}`);
});

test.after.always(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Screen {
  readonly colorScheme: 'light' | 'dark';
  readonly viewport: { readonly width: number; readonly height: number };
}

const SCREENS: Readonly<Record<string, Screen>> = {
  'a light desk': { colorScheme: 'light', viewport: { width: 1200, height: 900 } },
  'a dark desk': { colorScheme: 'dark', viewport: { width: 1200, height: 900 } },
  'a dark phone': { colorScheme: 'dark', viewport: { width: 360, height: 780 } },
  'a phone': { colorScheme: 'light', viewport: { width: 360, height: 780 } },
};

for (const [name, screen] of Object.entries(SCREENS)) {
  test.serial(`on ${name} the page opens without a word on the console, every chart drawn, nothing wider than the screen`, async (t) => {
    await opened(t, screen, async (page, said) => {
      t.deepEqual(said, []);
      await drawnWhole(t, screen, page);
    });
  });
}

/** The other pages that Leyden writes, each with charts that the page of one run has not. */
const PAGES: Readonly<Record<string, { readonly file: string; readonly charts: string }>> = {
  'a run with events': { file: 'events/report.html', charts: '#events canvas, #over-time canvas' },
  'a matrix': { file: 'matrix/report.html', charts: '#runs canvas' },
  'a comparison': { file: 'comparison/compare.html', charts: '#changes canvas, #runs canvas' },
};

for (const [what, { file, charts }] of Object.entries(PAGES)) {
  for (const name of ['a light desk', 'a dark phone']) {
    test.serial(`on ${name} the page of ${what} opens without a word, every chart drawn, and axe-core finds nothing`, async (t) => {
      const screen = SCREENS[name]!;
      await opened(
        t,
        screen,
        async (page, said) => {
          t.deepEqual(said, []);
          t.true((await page.locator(charts).count()) > 2);
          await drawnWhole(t, screen, page);
          await accessible(t, page);
        },
        file,
      );
    });
  }
}

test.serial('a figure that was not measured leaves its row empty, and moves no other', async (t) => {
  const { report, samples } = fixture();
  const metrics = report.metrics.filter(({ name, tags }) => name !== 'message_goodput_bytes_per_s' || tags.carrier !== 'onion-message');
  await writeReport({ report: { ...report, metrics }, samples }, join(folder, 'partly'));
  await opened(
    t,
    SCREENS['a light desk']!,
    async (page) => {
      const drawn = `Chart.getChart('chart-0').getDatasetMeta(0).data.map((point, row) => [row, point.skip ? null : Math.round(Chart.getChart('chart-0').scales.x.getValueForPixel(point.x) / 1000)])`;
      const rows = `Chart.getChart('chart-0').getDatasetMeta(0).data.map((point) => Math.abs(Chart.getChart('chart-0').scales.y.getValueForPixel(point.y)))`;
      t.deepEqual(await page.evaluate(drawn), [
        [0, 27],
        [1, 288],
        [2, null],
        [3, 3480],
      ]);
      t.deepEqual(await page.evaluate(rows), [0, 1, 2, 3]);
    },
    'partly/report.html',
  );
});

for (const [name, screen] of Object.entries(SCREENS)) {
  test.serial(`on ${name} axe-core finds nothing against WCAG, with every table open`, async (t) => {
    await opened(t, screen, (page) => accessible(t, page));
  });
}

test.serial('the charts follow when the theme changes', async (t) => {
  await opened(t, SCREENS['a light desk']!, async (page) => {
    const light = await page.locator('#chart-0').screenshot();
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.waitForFunction(`getComputedStyle(document.body).backgroundColor === 'rgb(22, 23, 26)'`);
    const dark = await page.locator('#chart-0').screenshot();
    t.false(light.equals(dark));
    t.is(await page.evaluate(`Chart.getChart('chart-0').options.scales.x.ticks.color`), '#a5a19a');
  });
});

test.serial('every table can be reached and opened by keyboard alone', async (t) => {
  await opened(t, SCREENS['a light desk']!, async (page) => {
    const tables = await page.locator('summary').count();
    for (let i = 0; i < tables; i++) {
      await page.locator('summary').nth(i).focus();
      await page.keyboard.press('Enter');
    }
    t.is(await page.locator('details:not([open])').count(), 0);
    t.is(await page.locator('canvas:not([aria-label])').count(), 0);
  });
});

test.serial('on paper folded tables are open, and folded again after', async (t) => {
  await opened(t, SCREENS['a dark desk']!, async (page) => {
    const folded = await page.locator('details:not([open])').count();
    await page.evaluate(`window.dispatchEvent(new Event('beforeprint'))`);
    t.is(await page.locator('details:not([open])').count(), 0);
    await page.evaluate(`window.dispatchEvent(new Event('afterprint'))`);
    t.is(await page.locator('details:not([open])').count(), folded);
    t.true(folded > 0);
  });
});

/** Opens a page on such a screen; `said` is everything that the console, errors or failed requests had to say. */
async function opened(
  t: ExecutionContext,
  screen: Screen,
  look: (page: Page, said: readonly string[]) => Promise<void>,
  file = 'report.html',
): Promise<void> {
  if (browser === null) {
    t.log(`skipped: there is no ${CHROMIUM}`);
    t.pass();
    return;
  }
  const page = await browser.newPage(screen);
  page.setDefaultTimeout(DEADLINE_MS);
  const said: string[] = [];
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) said.push(`asked for ${request.url()}`);
  });
  try {
    await page.goto(pathToFileURL(join(folder, file)).href);
    await page.waitForFunction(`[...document.querySelectorAll('canvas')].every((canvas) => Chart.getChart(canvas))`);
    await look(page, said);
  } finally {
    await page.close();
  }
}

async function drawnWhole(t: ExecutionContext, { viewport }: Screen, page: Page): Promise<void> {
  const inks = await colours(page);
  t.true(inks.length >= 10);
  // Its own grid, words and at least one line: a chart that failed is one colour, or none.
  for (const count of inks) t.true(count > 20, `a chart has ${count} colours`);
  t.true(((await page.evaluate('document.documentElement.scrollWidth')) as number) <= viewport.width);
}

/** By axe-core, with every table open. */
async function accessible(t: ExecutionContext, page: Page): Promise<void> {
  await page.evaluate(`for (const table of document.querySelectorAll('details')) table.open = true`);
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations, passes } = (await page.evaluate(`axe.run(document, { resultTypes: ['violations'] })`)) as Record<
    string,
    { id: string; nodes: { html: string }[] }[]
  >;
  t.deepEqual(
    violations?.map(({ id, nodes }) => [id, nodes[0]?.html]),
    [],
  );
  // Rules that found something to look at: fewer, and it did not look.
  t.true((passes?.length ?? 0) > 20);
}

/** For each canvas, how many colours it shows. */
async function colours(page: Page): Promise<readonly number[]> {
  return (await page.evaluate(`[...document.querySelectorAll('canvas')].map((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const seen = new Set();
    for (let at = 0; at < data.length; at += 4) if (data[at + 3] > 0) seen.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
    return seen.size;
  })`)) as readonly number[];
}

/** Two transfers as they went, and what was done to the network meanwhile. */
function eventful(): Findings {
  const line = (carrier: string, fromMs: number, rate: number): GoodputLine => ({
    of: { workload: 'tunnel', carrier, direction: 'down' },
    fromMs,
    stepMs: 500,
    bytesPerS: Array.from({ length: 40 }, (_, step) => (step > 15 && step < 22 ? 0 : rate * (1 + (step % 5) / 10))),
  });
  const event = (name: string, atMs: number, recoveryMs: number | null): EventRecord => ({
    event: name,
    atMs,
    tookMs: 120,
    beforePerS: recoveryMs === null ? null : 250_000,
    lowestPerS: recoveryMs === null ? null : 0,
    recoveryMs,
  });
  const goodput = [line('htlc-record', 0, 250_000), line('peer-message', 20_000, 2_800_000)];
  const timeline = {
    unit: 'B' as const,
    binMs: 500,
    perS: goodput.flatMap(({ bytesPerS }) => bytesPerS),
    events: [
      event('kill n1', 8_000, 3_000),
      event('restart n1', 9_000, 2_000),
      event('mine 6', 15_000, null),
      event('cut n2-n3', 28_000, 3_000),
    ],
  };
  return fixture({ change: (report) => ({ ...report, goodput, timeline }) });
}
