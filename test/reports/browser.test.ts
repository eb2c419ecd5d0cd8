/** The page in a real Chromium, from disk. LEYDEN_CHROMIUM=required fails where there is none; else the tests say why they were skipped. */
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { type Browser, chromium, type Page } from 'playwright-core';
import { writeReport } from '../../reports/write.ts';
import { fixture } from './fixture.ts';

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
      const inks = await colours(page);
      t.true(inks.length >= 10);
      // Its own grid, words and at least one line: a chart that failed is one colour, or none.
      for (const count of inks) t.true(count > 20, `a chart has ${count} colours`);
      t.true(((await page.evaluate('document.documentElement.scrollWidth')) as number) <= screen.viewport.width);
    });
  });
}

test.serial('a figure that was not measured leaves its row empty, and moves no other', async (t) => {
  const { report, samples } = fixture();
  const metrics = report.metrics.filter(({ name, tags }) => name !== 'message_goodput_bytes_per_s' || tags.carrier !== 'onion-message');
  const place = join(folder, 'partly');
  await writeReport({ report: { ...report, metrics }, samples }, place);
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
    place,
  );
});

for (const [name, screen] of Object.entries(SCREENS)) {
  test.serial(`on ${name} axe-core finds nothing against WCAG, with every table open`, async (t) => {
    await opened(t, screen, async (page) => {
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
      t.true((passes?.length ?? 0) > 30);
    });
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

/** Opens the report on such a screen; `said` is everything that the console, errors or failed requests had to say. */
async function opened(
  t: ExecutionContext,
  screen: Screen,
  look: (page: Page, said: readonly string[]) => Promise<void>,
  place = folder,
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
    await page.goto(pathToFileURL(join(place, 'report.html')).href);
    await page.waitForFunction(`[...document.querySelectorAll('canvas')].every((canvas) => Chart.getChart(canvas))`);
    await look(page, said);
  } finally {
    await page.close();
  }
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
