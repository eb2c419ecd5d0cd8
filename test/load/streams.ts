/** Streams of one session over peer messages: opened until the relay refuses, then a request through each of a thousand at once. */
import type { Duplex } from 'node:stream';
import type { Network } from '../../nodes/node.ts';
import { originSha256 } from '../../nodes/origin.ts';
import { download } from '../../sim/workload/tunnel/download.ts';

const WANTED = 1_000;
const TRIED_MAX = 1_100;
const BYTES = 16_384;

export const streams = async (network: Network, signal: AbortSignal): Promise<object> => {
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
  const limited = AbortSignal.any([signal, AbortSignal.timeout(120_000)]);
  const beganMs = network.clock.now();
  await Promise.all(
    sockets.slice(0, WANTED).map((socket, index) =>
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
  const relays = (await network.usage()).map(({ node, relay }) => [node, relay && Math.round(relay.memoryBytes / 2 ** 20)]);
  for (const socket of sockets) socket.destroy();
  return {
    opened: sockets.length,
    refused,
    openedMs,
    whole: Math.min(WANTED, sockets.length) - [...failures.values()].reduce((sum, count) => sum + count, 0),
    failures: Object.fromEntries(failures),
    bytesPerS: Math.round((Math.min(WANTED, sockets.length) * BYTES * 1_000) / tookMs),
    relayMemoryMib: Object.fromEntries(relays),
  };
};
