/** One run of raw units between two relays, waited for until nothing more comes. */
import type { RelayClient, UnitsReceived, UnitsRequest, UnitsSent } from '../../../nodes/node.ts';
import type { Arrivals } from '../../measure/goodput-line.ts';
import { within } from '../wait.ts';
import type { WorkloadContext } from '../workload.ts';

export interface UnitsRun {
  readonly sent: UnitsSent;
  readonly received: UnitsReceived;
}

const POLL_MS = 100;
/** When nothing came for this long after the last was sent, what is missing is lost: over five hops 5 s are ten round trips and more. */
const SILENCE_MS = 5_000;
/** Carriers without a verdict lose in silence, and are quick: an onion over five hops takes tens of milliseconds. */
const SILENCE_WITHOUT_VERDICT_MS = 1_500;
/** Beyond five times what a run should last it is not slow but stuck; a minute for what has no length of its own. */
const PATIENCE = { factor: 5, ms: 60_000 };

/**
 * Throws what the relay throws (PayloadTooLargeError before anything is sent), DeadlineError.
 * @param lastsMs how long sending should take.
 * @param awaited false: what arrived until the last was sent is enough.
 */
export async function runUnits(
  context: WorkloadContext,
  from: RelayClient,
  to: RelayClient,
  request: Omit<UnitsRequest, 'id' | 'to' | 'signal'>,
  { lastsMs = 0, awaited = true }: { readonly lastsMs?: number; readonly awaited?: boolean } = {},
): Promise<UnitsRun> {
  const { network, random, signal } = context;
  const id = Buffer.from(random.bytes(8)).toString('hex');
  const what = `${request.count} ${request.carrier} units from ${from.node} to ${to.node}`;
  return within(network.clock, { what, ms: PATIENCE.ms + PATIENCE.factor * lastsMs, signal }, async (waiting) => {
    const sent = await from.sendUnits({ ...request, id, to: to.publicKey, signal: waiting });
    if (!awaited) return { sent, received: await to.receivedUnits(id, { signal: waiting }) };
    const silenceMs = request.carrier === 'onion-message' ? SILENCE_WITHOUT_VERDICT_MS : SILENCE_MS;
    return { sent, received: await allReceived(context, to, id, request.count - sent.failed, silenceMs, waiting) };
  });
}

/** How they came in, for goodput over time. */
export function unitArrivals({ startMs, unitBytes }: UnitsSent, { arrivedMs }: UnitsReceived): Arrivals {
  return { startMs, arrived: arrivedMs.map((ms) => ({ ms, bytes: unitBytes })) };
}

async function allReceived(
  { network: { clock } }: WorkloadContext,
  to: RelayClient,
  id: string,
  count: number,
  silenceMs: number,
  signal: AbortSignal,
): Promise<UnitsReceived> {
  let last = await to.receivedUnits(id, { signal });
  for (let changedMs = clock.now(); last.count < count && clock.now() - changedMs < silenceMs; ) {
    await clock.sleep(POLL_MS, { signal });
    const now = await to.receivedUnits(id, { signal });
    if (now.count > last.count) changedMs = clock.now();
    last = now;
  }
  return last;
}
