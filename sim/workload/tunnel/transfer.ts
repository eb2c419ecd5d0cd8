/** The transfer itself: its bytes split over parallel streams, each an HTTP request of its own, and a watch that notices when nothing moves. */
import type { Duplex } from 'node:stream';
import type { RelaySession } from '../../../nodes/node.ts';
import { originSha256 } from '../../../nodes/origin.ts';
import type { TunnelPlan } from '../../scenario/plan.ts';
import { together } from '../wait.ts';
import type { WorkloadContext } from '../workload.ts';
import { type Arrived, download } from './download.ts';
import type { TransferArrivals } from './goodput-after.ts';
import { Progress } from './progress.ts';
import { sessionEnd } from './session-end.ts';
import { upload } from './upload.ts';

export type Direction = TunnelPlan['directions'][number];

/**
 * All streams are open before the first request, from which time counts. Throws WorkloadError when bytes differ or a connection broke
 * alone, DeadlineError when nothing moved for two and a half minutes, and what the session ended with.
 */
export async function transfer(
  plan: TunnelPlan,
  session: RelaySession,
  direction: Direction,
  context: WorkloadContext,
): Promise<TransferArrivals> {
  const { network, signal } = context;
  const { name: host, port } = plan.origin;
  const now = () => network.clock.now();
  const progress = new Progress(`tunnel, ${plan.carrier}, ${direction}`, plan.bytes, session, context);
  const run = direction === 'down' ? download : upload;
  const parts = shares(plan.bytes, plan.streams).map((bytes, index) => {
    const seed = `${plan.carrier} ${direction} ${index}`;
    return { bytes, seed, sha256: originSha256(seed, bytes) };
  });
  const sockets: Duplex[] = [];
  const arrived: Arrived[] = [];
  let startMs = now();
  try {
    await progress.watched(signal, async (watched) => {
      await together(
        watched,
        parts.map((_, index) => async (waiting) => {
          const socket = await session.connect(host, port, { signal: waiting });
          socket.on('error', () => {}); // what breaks it fails the exchange over it
          sockets[index] = socket;
        }),
      );
      startMs = now();
      const exchanging = () =>
        together(
          watched,
          parts.map((part, index) => async (waiting) => {
            const moved = (more: number) => progress.moved(more);
            arrived.push(...(await run({ socket: sockets[index]!, host, ...part, now, moved, signal: waiting })));
          }),
        );
      await (context.traffic?.during('B', exchanging) ?? exchanging());
    });
  } catch (error) {
    throw await sessionEnd(session, error, context);
  } finally {
    for (const socket of sockets) socket?.destroy();
  }
  return { startMs, arrived };
}

/** As equal as whole bytes allow; streams that would carry nothing are left out. */
export function shares(bytes: number, streams: number): number[] {
  const share = Math.floor(bytes / streams);
  return Array.from({ length: streams }, (_, index) => share + (index < bytes % streams ? 1 : 0)).filter((part) => part > 0);
}
