/** Streams of one session over peer messages: opened until the relay refuses, then a request through each of a thousand at once. */
import type { Duplex } from 'node:stream';
import type { Network } from '../../nodes/node.ts';
import { originSha256 } from '../../nodes/origin.ts';
import { download } from '../../sim/workload/tunnel/download.ts';
import type { Broke, Load } from './doubling.ts';
import { failuresInWords } from './in-words.ts';
import { relayMemoryMib } from './relay-memory.ts';

const WANTED = 1_000;
const TRIED_MAX = 1_100;
const BYTES = 16_384;

export const streams = async (network: Network, { signal }: Load): Promise<Broke> => {
  const exit = network.relays.get('n2')!.publicKey;
  await using session = await network.relays.get('n0')!.openSession({ exit, carrier: 'peer-message', identity: 'named', signal });
  const sockets: Duplex[] = [];
  let refused: string | null = null;
  const startMs = network.clock.now();
  while (sockets.length < TRIED_MAX && refused === null) {
    try {
      const socket = await session.connect('shop', 80, { signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]) });
      socket.on('error', () => {});
      sockets.push(socket);
    } catch (error) {
      signal.throwIfAborted();
      refused = (error as Error).message.split('\n')[0]!;
    }
  }
  const openedMs = Math.round(network.clock.now() - startMs);
  const failures = new Map<string, number>();
  const asked = Math.min(WANTED, sockets.length);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(120_000)]);
  const beganMs = network.clock.now();
  await Promise.all(
    sockets.slice(0, asked).map((socket, index) =>
      download({
        socket,
        host: 'shop',
        bytes: BYTES,
        seed: `load ${index}`,
        sha256: originSha256(`load ${index}`, BYTES),
        now: () => network.clock.now(),
        moved: () => {},
        signal: limited,
      }).catch((error: Error) => failures.set(error.message, (failures.get(error.message) ?? 0) + 1)),
    ),
  );
  const tookMs = network.clock.now() - beganMs;
  const memoryMib = await relayMemoryMib(network);
  for (const socket of sockets) socket.destroy();
  const whole = asked - [...failures.values()].reduce((sum, count) => sum + count, 0);
  return {
    opened: sockets.length,
    refused,
    openedMs,
    whole,
    bytesPerS: Math.round((asked * BYTES * 1_000) / tookMs),
    relayMemoryMib: memoryMib,
    ...(whole < asked
      ? { held: whole, brokeAt: asked, broke: `${asked - whole} of ${asked} requests failed: ${failuresInWords(failures)}` }
      : { held: sockets.length, brokeAt: refused === null ? null : sockets.length + 1, broke: refused }),
  };
};
