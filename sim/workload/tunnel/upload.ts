/** One POST through a tunnel's socket: the sink at its end tells the hash of what it read, and when. */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { WorkloadError } from '../../../nodes/errors.ts';
import { originChunks, type SinkAnswer } from '../../../nodes/origin.ts';
import type { Arrived, StreamTransfer } from './download.ts';
import { exchange } from './exchange.ts';

const ANSWER_CHARS_MAX = 65_536;

/** When which bytes came to the sink, by its own clock where it has one. Throws WorkloadError when it read other bytes. */
export async function upload({ socket, host, bytes, seed, sha256, now, moved, signal }: StreamTransfer): Promise<Arrived[]> {
  const startMs = now();
  const body = Readable.from(counted(originChunks(seed, bytes), moved), { objectMode: false });
  const said = await exchange({ socket, host, method: 'POST', path: '/sink', body, bytes, signal }, answerOf);
  if (said.bytes !== bytes || said.sha256 !== sha256) {
    throw new WorkloadError(`${host} did not read what was sent through the tunnel: ${said.bytes} of ${bytes} B arrived`);
  }
  return arrivalsOf(said, startMs, now());
}

/** The sink's clock is ours only on one machine: times outside the exchange are another's, and then the answer's arrival stands for all. */
function arrivalsOf({ arrivals, bytes }: SinkAnswer, startMs: number, endMs: number): Arrived[] {
  const ours = arrivals.length > 0 && arrivals.every(([, ms]) => ms >= startMs && ms <= endMs);
  if (!ours) return [{ ms: endMs, bytes }];
  return arrivals.map(([upTo, ms], index) => ({ ms, bytes: upTo - (arrivals[index - 1]?.[0] ?? 0) }));
}

async function answerOf(response: IncomingMessage): Promise<SinkAnswer> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk;
    if (text.length > ANSWER_CHARS_MAX) throw new WorkloadError(`the sink's answer is longer than ${ANSWER_CHARS_MAX} characters`);
  }
  return JSON.parse(text) as SinkAnswer;
}

function* counted(chunks: Iterable<Buffer>, moved: (bytes: number) => void): Generator<Buffer> {
  for (const chunk of chunks) {
    yield chunk;
    moved(chunk.length);
  }
}
