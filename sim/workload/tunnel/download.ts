/** One GET through a tunnel's socket, checked against what the seed says it must be. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WorkloadError } from '../../../nodes/errors.ts';
import { exchange } from './exchange.ts';

export interface StreamTransfer {
  readonly socket: Duplex;
  readonly host: string;
  readonly bytes: number;
  readonly seed: string;
  /** Of the seed's bytes, made before anything is sent: it takes a processor's time. */
  readonly sha256: string;
  /** ms of the network's clock. */
  readonly now: () => number;
  readonly moved: (bytes: number) => void;
  readonly signal: AbortSignal;
}

export interface Arrived {
  readonly ms: number;
  readonly bytes: number;
}

/** When which bytes came. Throws WorkloadError when they are not those of the seed. */
export async function download({ socket, host, bytes, seed, sha256, now, moved, signal }: StreamTransfer): Promise<Arrived[]> {
  const hash = createHash('sha256');
  const arrived: Arrived[] = [];
  const path = `/bytes/${bytes}?seed=${encodeURIComponent(seed)}`;
  const read = async (response: IncomingMessage) => {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      hash.update(chunk);
      arrived.push({ ms: now(), bytes: chunk.length });
      moved(chunk.length);
    }
  };
  await exchange({ socket, host, method: 'GET', path, signal }, read);
  const count = arrived.reduce((sum, part) => sum + part.bytes, 0);
  if (count !== bytes || hash.digest('hex') !== sha256) {
    throw new WorkloadError(`the bytes that came through the tunnel are not those that ${host} sent: ${count} of ${bytes} B arrived`);
  }
  return arrived;
}
