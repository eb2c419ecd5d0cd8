/** One look at a site in a headless Chromium: how long it took, what was loaded, what the console had to say. */
import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { InfrastructureError, WorkloadError } from '../../../nodes/errors.ts';

export const CHROMIUM = '/usr/bin/chromium';
const FLAGS =
  '--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run'.split(
    ' ',
  );
/** Over keysend a site of 100 kB takes some ten seconds; this is for one that never comes. */
const LOAD_DEADLINE_MS = 240_000;

export interface Seen {
  /** From its address to everything loaded, fonts and images included. Wall time. */
  readonly loadMs: number;
  readonly files: readonly { readonly path: string; readonly sha256: string; readonly bytes: number }[];
  readonly errors: readonly string[];
}

/** @throws InfrastructureError where there is no Chromium, WorkloadError when the page does not load. */
export async function visit(url: string, signal: AbortSignal): Promise<Seen> {
  const browser = await launched();
  const close = () => void browser.close().catch(() => {});
  signal.addEventListener('abort', close, { once: true });
  try {
    signal.throwIfAborted();
    const page = await browser.newPage();
    page.setDefaultTimeout(LOAD_DEADLINE_MS);
    return await look(page, url);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof WorkloadError) throw error;
    throw new WorkloadError(`the browser could not load ${url}: ${(error as Error).message}`, { cause: error });
  } finally {
    signal.removeEventListener('abort', close);
    await browser.close();
  }
}

async function look(page: Page, url: string): Promise<Seen> {
  const errors: string[] = [];
  const bodies: Promise<Seen['files'][number]>[] = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('requestfailed', (request) => errors.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on('response', (response) => {
    if (response.status() >= 400) errors.push(`${response.url()}: ${response.status()}`);
    else if (response.status() === 200) {
      const file = response.body().then((body) => ({
        path: decodeURIComponent(new URL(response.url()).pathname),
        sha256: createHash('sha256').update(body).digest('hex'),
        bytes: body.length,
      }));
      file.catch(() => {}); // a request that failed is among the errors
      bodies.push(file);
    }
  });
  const startMs = performance.now();
  await page.goto(url, { waitUntil: 'load', timeout: LOAD_DEADLINE_MS });
  await page.evaluate('document.fonts.ready.then(() => true)');
  const loadMs = performance.now() - startMs;
  const files = await Promise.all(bodies);
  return { loadMs, files, errors };
}

async function launched(): Promise<Browser> {
  try {
    await access(CHROMIUM);
    const { chromium } = await import('playwright-core');
    return await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  } catch (cause) {
    throw new InfrastructureError(`a browser is asked for, and there is no Chromium that starts at ${CHROMIUM}`, {
      cause,
      hint: 'apt-get install chromium, and npm ci with the development packages (playwright-core)',
    });
  }
}
