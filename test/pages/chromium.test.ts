/** The small site in a real Chromium through the gateway. LEYDEN_CHROMIUM=required fails where there is none; else the tests say why they were skipped. */
import { access } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { type Browser, chromium, type Page } from 'playwright-core';
import { filesOfFolder } from '../../nodes/relay/pages/folder.ts';
import { type Gateway, serveGateway } from '../../nodes/relay/pages/gateway/gateway.ts';
import { hostLabels } from '../../nodes/relay/pages/url.ts';
import { CHROMIUM, visit } from '../../sim/workload/browser/visit.ts';
import { type Joined, joined, PUBLISHER } from './direct.ts';
import { file } from './line.ts';

const FLAGS = '--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --no-first-run'.split(' ');
/** Long, since nothing is measured by it. */
const DEADLINE_MS = 120_000;

let browser: Browser | null = null;
let pages: Joined;
let gateway: Gateway;
const address = (name: string): string => `http://${hostLabels({ key: PUBLISHER, name })}.localhost:${gateway.port}/`;

test.before(async () => {
  pages = await joined();
  await pages.publisher.publish({ name: 'small', files: filesOfFolder('scenarios/sites/small') });
  await pages.publisher.publish({
    name: 'other',
    files: [file('index.html', '<title>other</title>'), file('secret.js', 'window.secret = 1')],
  });
  gateway = await serveGateway({ pages: pages.reader, host: '127.0.0.1', port: 0, log: console.error });
  const there = await access(CHROMIUM).then(
    () => true,
    () => false,
  );
  if (there) browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  else if (process.env.LEYDEN_CHROMIUM === 'required') throw new Error(`LEYDEN_CHROMIUM=required, and there is no ${CHROMIUM}`);
});

test.after.always(async () => {
  await browser?.close();
  await gateway?.[Symbol.asyncDispose]();
  await pages?.[Symbol.asyncDispose]();
});

test.serial('the site loads whole: program, style, pictures and font, without a word on the console', async (t) => {
  await opened(t, async (page, said) => {
    await page.goto(address('small'));
    await page.waitForFunction(`document.documentElement.dataset.ready === 'yes'`);
    t.is(await page.textContent('#said'), 'one jar 35000 volts');
    t.true(
      (await page.evaluate('document.fonts.ready.then(() => [...document.fonts].every(({ status }) => status === "loaded"))')) as boolean,
    );
    t.true((await page.evaluate('[...document.images].every(({ naturalWidth }) => naturalWidth > 0)')) as boolean);
    await page.click('a');
    t.is(await page.title(), 'About a Leyden jar');
    t.deepEqual(said, []);
  });
});

test.serial('no site reads another’s storage, cookies or files, and none reaches the open web', async (t) => {
  await opened(t, async (page) => {
    await page.goto(address('small'));
    await page.evaluate(`localStorage.setItem('a', 'small'); document.cookie = 'a=small; domain=localhost'; document.cookie = 'b=small'`);
    await page.goto(address('other'));
    t.is(await page.evaluate(`localStorage.getItem('a')`), null);
    t.is(await page.evaluate('document.cookie'), '');
    await page.goto(address('small'));
    const reached = (url: string) => page.evaluate(`fetch(${JSON.stringify(url)}).then(() => 'reached', () => 'barred')`);
    t.is(await reached('data.json'), 'reached');
    t.is(await reached(`${address('other')}secret.js`), 'barred');
    t.is(await reached('https://example.org/'), 'barred');
    const run = `new Promise((resolve) => { const script = document.createElement('script'); script.src = ${JSON.stringify(`${address('other')}secret.js`)}; script.onload = () => resolve('ran'); script.onerror = () => resolve('barred'); document.head.append(script); })`;
    t.is(await page.evaluate(run), 'barred');
  });
});

test.serial('the bench’s own look at it sees every file as it was published, and no error', async (t) => {
  if (browser === null) return t.pass();
  const seen = await visit(address('small'), AbortSignal.timeout(DEADLINE_MS));
  t.deepEqual(seen.errors, []);
  const paths = seen.files.map(({ path }) => path).toSorted();
  for (const path of ['/', '/app.js', '/data.json', '/images/jar.png', '/images/sky.png', '/lib/words.js', '/pixel.ttf', '/style.css'])
    t.true(paths.includes(path), path);
});

async function opened(t: ExecutionContext, look: (page: Page, said: readonly string[]) => Promise<void>): Promise<void> {
  t.timeout(DEADLINE_MS);
  if (browser === null) {
    t.log(`skipped: there is no ${CHROMIUM}`);
    t.pass();
    return;
  }
  const page = await browser.newPage();
  page.setDefaultTimeout(DEADLINE_MS);
  const said: string[] = [];
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('requestfailed', (failed) => said.push(`${failed.url()}: ${failed.failure()?.errorText}`));
  try {
    await look(page, said);
  } finally {
    await page.close();
  }
}
