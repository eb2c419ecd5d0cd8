/**
 * A picture of a report, as Chromium shows it: `npm run picture -- reports/out/<run>/report.html docs/report.png [--dark] [--width 1200] [--until tunnel]`.
 * From the top of the page to the end of a section (default: `tunnel`, or the first there is). For the README; nothing of a run needs it.
 */
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** Sharp on the screens that people have, and still some hundred kB. */
const PIXELS_PER_PIXEL = 1.5;
const HEIGHT_MAX = 6_000;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { dark: { type: 'boolean' }, width: { type: 'string', default: '1200' }, until: { type: 'string', default: 'tunnel' } },
});
const [report, picture] = positionals;
const width = Number(values.width);
if (report === undefined || picture === undefined || !(width >= 320 && width <= 4_000)) {
  process.stderr.write('picture: expected REPORT.html PICTURE.png [--dark] [--width 320…4000] [--until SECTION]\n');
  process.exit(104);
}
for (const [what, file, remedy] of [
  ['a report', report, 'sim run … makes one'],
  ['Chromium', CHROMIUM, 'apt-get install chromium, or CHROMIUM=/path/of/it'],
] as const) {
  if (await access(file).catch((error) => error)) {
    process.stderr.write(`picture: expected ${what} at ${file}\n  try: ${remedy}\n`);
    process.exit(what === 'Chromium' ? 2 : 104);
  }
}

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--headless', '--no-sandbox', '--disable-gpu'] });
try {
  const page = await browser.newPage({
    viewport: { width, height: 900 },
    deviceScaleFactor: PIXELS_PER_PIXEL,
    colorScheme: values.dark ? 'dark' : 'light',
  });
  await page.goto(pathToFileURL(resolve(report)).href);
  await page.waitForFunction(`[...document.querySelectorAll('canvas')].every((canvas) => Chart.getChart(canvas))`);
  const end = `(document.getElementById(${JSON.stringify(values.until)}) ?? document.querySelector('main > section'))`;
  const height = Number(await page.evaluate(`Math.ceil(${end}.getBoundingClientRect().bottom + scrollY + 40)`));
  await page.screenshot({ path: picture, fullPage: true, clip: { x: 0, y: 0, width, height: Math.min(height, HEIGHT_MAX) } });
  process.stdout.write(`${picture}: ${width} × ${Math.min(height, HEIGHT_MAX)} CSS pixels\n`);
} finally {
  await browser.close();
}
