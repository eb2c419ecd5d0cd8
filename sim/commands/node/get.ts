/** `sim node get URL`: one file of a site. What a broken-off get had fetched lies in the relay's cache: the next one goes on from there. */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { CommandModule } from 'yargs';
import { ScenarioError } from '../../../nodes/errors.ts';
import type { PageAnswer, PageRange } from '../../../nodes/node.ts';
import { CARRIERS, type CarrierKind } from '../../../nodes/plan.ts';
import { parsePageUrl } from '../../../nodes/relay/pages/url.ts';
import { interrupted as signal } from '../../interruption.ts';
import { textProgress } from '../../progress.ts';
import { readQuantity } from '../../scenario/units.ts';
import { type RelayApiArguments, relayOfApi, withRelayApi } from './relay-api.ts';

interface GetArguments extends RelayApiArguments {
  readonly url: string;
  readonly output: string | undefined;
  readonly carrier: CarrierKind | undefined;
  readonly range: string | undefined;
  readonly max: string;
  readonly named: boolean;
  readonly fresh: boolean;
}

export const get: CommandModule<object, GetArguments> = {
  command: 'get <url>',
  describe: 'read one file of a site',
  builder: (yargs) =>
    withRelayApi(yargs)
      .positional('url', { type: 'string', demandOption: true, describe: 'leyden://<node key>/path, leyden://<name>.<node key>/path' })
      .option('output', { alias: 'o', type: 'string', describe: 'write it there, once it is whole; else to standard output' })
      .option('carrier', { choices: CARRIERS, describe: "default: the relay's own choice" })
      .option('range', { type: 'string', describe: 'FIRST-LAST: these bytes only' })
      .option('max', { type: 'string', default: '1 GiB', describe: 'refuse a larger file' })
      .option('named', { type: 'boolean', default: false, describe: 'tell the publisher which node reads, where nothing else works' })
      .option('fresh', {
        type: 'boolean',
        default: false,
        describe: 'ask which version the name stands for now, however lately it was asked',
      })
      .example('$0 node get leyden://02…/film.mp4 -o film.mp4', 'run it again after Ctrl-C: what is in the cache is not fetched again'),
  async handler(given) {
    const { url, carrier, named, fresh, output } = given;
    parsePageUrl(url);
    const [range, bytesMax] = [rangeOf(given.range), bytesOf(given.max)];
    const relay = await relayOfApi(given, signal);
    const page = await relay.pages.get({
      url,
      bytesMax,
      signal,
      ...(range === undefined ? {} : { range }),
      ...(carrier === undefined ? {} : { carrier }),
      ...(named ? { identity: 'named' as const } : {}),
      ...(fresh ? { nameAgeMs: 0 } : {}),
    });
    await write(page, output);
  },
};

/** To a file beside the one that is asked for, which it becomes at the end: half a file never has the name. */
const write = async (page: PageAnswer, output: string | undefined): Promise<void> => {
  const progress = textProgress(process.stderr, () => performance.now());
  const body = Readable.from(counted(page, progress.now), { objectMode: false });
  const unfinished = `${output}.part`;
  try {
    if (output === undefined) await pipeline(body, process.stdout, { end: false });
    else {
      await pipeline(body, createWriteStream(unfinished), { signal });
      await rename(unfinished, output);
    }
  } catch (error) {
    if (output !== undefined) await rm(unfinished, { force: true });
    throw signal.aborted ? signal.reason : error;
  } finally {
    progress.stop();
  }
};

async function* counted(page: PageAnswer, tell: (line: string) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of page.body) {
    bytes += piece.length;
    tell(`${page.path}: ${bytes} of ${page.bytes} B`);
    yield piece;
  }
}

const rangeOf = (text: string | undefined): PageRange | undefined => {
  if (text === undefined) return undefined;
  const [, first, last] = /^(\d{1,15})-(\d{1,15})?$/.exec(text) ?? [];
  if (first === undefined) throw new ScenarioError(`--range: expected FIRST-LAST such as 0-1023, found ${text}`);
  return last === undefined ? { first: Number(first) } : { first: Number(first), last: Number(last) };
};

const bytesOf = (text: string): number => {
  const read = readQuantity('bytes', text);
  if ('problem' in read) throw new ScenarioError(`--max: ${read.problem}`);
  return read.value;
};
