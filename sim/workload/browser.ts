/** A small site in a real browser: published beside one node, opened through the gateway beside another, every answer compared. */
import { createHash } from 'node:crypto';
import { WorkloadError } from '../../nodes/errors.ts';
import type { SiteFile } from '../../nodes/node.ts';
import { filesOfFolder } from '../../nodes/relay/pages/folder.ts';
import { hostLabels } from '../../nodes/relay/pages/url.ts';
import type { BrowserPlan } from '../scenario/plan.ts';
import { visit } from './browser/visit.ts';
import { relayOf } from './path.ts';
import type { Workload } from './workload.ts';

const SITE = 'browsed';

export const browser: Workload<BrowserPlan> = async (plan, context) => {
  const { network, signal, record, progress } = context;
  const [reader, publisher] = [relayOf(network, plan.from), relayOf(network, plan.to)];
  const port = reader.pages.gatewayPort;
  if (port === null) throw new WorkloadError(`the relay beside ${plan.from} has no gateway for browsers on this network`);
  const onion = plan.carrier === 'onion-message' ? { onion: plan.onionBytesMax } : {};
  const tags = { carrier: plan.carrier, hops: plan.hops, ...onion };
  const published = new Map<string, string>();
  // A name of its own for each carrier; chunks that the reader's relay has by another are in its cache all the same.
  const name = `${SITE}-${plan.carrier}`;
  progress(`browser, ${plan.carrier}: publishing ${plan.site} beside ${plan.to}`);
  await publisher.pages.publish({ name, files: hashed(filesOfFolder(plan.site), published), signal });
  await reader.pages.browseOver({ carrier: plan.carrier, onionBytesMax: plan.onionBytesMax }, { signal });
  const url = `http://${hostLabels({ key: publisher.publicKey, name })}.localhost:${port}/`;
  progress(`browser, ${plan.carrier}: loading the site`);
  const seen = await visit(url, signal);
  for (const { path, sha256 } of seen.files)
    if (published.get(path) !== sha256) throw new WorkloadError(`${path} reached the browser as something else than was published`);
  for (const error of seen.errors) record.warn(`browser over ${plan.carrier}: ${error}`);
  record.value('browser_load_ms', tags, seen.loadMs);
  record.value('browser_requests', tags, seen.files.length);
  record.value(
    'browser_bytes',
    tags,
    seen.files.reduce((sum, { bytes }) => sum + bytes, 0),
  );
  record.value('browser_console_errors', tags, seen.errors.length);
};

/** The same files, their SHA-256 told by the path that a browser asks for. */
async function* hashed(files: AsyncIterable<SiteFile>, published: Map<string, string>): AsyncGenerator<SiteFile> {
  for await (const file of files) {
    const hash = createHash('sha256');
    for await (const piece of file.content()) hash.update(piece);
    const sha256 = hash.digest('hex');
    published.set(`/${file.path}`, sha256);
    if (file.path === 'index.html') published.set('/', sha256);
    yield file;
  }
}
