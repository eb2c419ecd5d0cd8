/** The transfer itself: its bytes split over parallel streams, each an HTTP request of its own, and a watch that notices when nothing moves. */
import type { RelaySession } from '../../../nodes/node.ts';
import type { TunnelPlan } from '../../scenario/plan.ts';
import { together } from '../wait.ts';
import type { WorkloadContext } from '../workload.ts';
import { download } from './download.ts';
import type { TransferArrivals } from './goodput-after.ts';
import { Progress } from './progress.ts';
import { upload } from './upload.ts';

export type Direction = TunnelPlan['directions'][number];

/** Throws WorkloadError when bytes differ, DeadlineError when nothing moved for a minute, and what the session throws. */
export async function transfer(
  plan: TunnelPlan,
  session: RelaySession,
  direction: Direction,
  context: WorkloadContext,
): Promise<TransferArrivals> {
  const { network, signal } = context;
  const arrived: { ms: number; bytes: number }[] = [];
  const progress = new Progress(`tunnel, ${plan.carrier}, ${direction}`, plan.bytes, session, context);
  const run = direction === 'down' ? download : upload;
  const startMs = network.clock.now();
  await progress.watched(signal, (watched) =>
    together(
      watched,
      shares(plan.bytes, plan.streams).map((bytes, index) => async (waiting) => {
        const socket = await session.connect(plan.origin.name, plan.origin.port, { signal: waiting });
        const seed = `${plan.carrier} ${direction} ${index}`;
        const now = () => network.clock.now();
        const moved = (more: number) => progress.moved(more);
        arrived.push(...(await run({ socket, host: plan.origin.name, bytes, seed, now, moved, signal: waiting })));
      }),
    ),
  );
  return { startMs, arrived };
}

/** As equal as whole bytes allow; streams that would carry nothing are left out. */
export function shares(bytes: number, streams: number): number[] {
  const share = Math.floor(bytes / streams);
  return Array.from({ length: streams }, (_, index) => share + (index < bytes % streams ? 1 : 0)).filter((part) => part > 0);
}
