/**
 * Files of given sizes, published beside one node and read beside another: every load begins with no session and nothing in the cache,
 * and every byte is compared with what was published. The bytes are incompressible, so that a size is what the carriers carry.
 */
import { AnonymityError } from '../../nodes/errors.ts';
import type { PageRequest } from '../../nodes/node.ts';
import { originChunks } from '../../nodes/origin.ts';
import type { CarrierKind } from '../../nodes/plan.ts';
import { formatPageUrl } from '../../nodes/relay/pages/url.ts';
import type { Tags } from '../measure/report.ts';
import type { PagePlan } from '../scenario/plan.ts';
import { load } from './page/load.ts';
import { admissionAlong, pathBetween, relayOf } from './path.ts';
import { goodputAfter, type TransferArrivals } from './tunnel/goodput-after.ts';
import { spentMsat } from './tunnel/spent.ts';
import { together } from './wait.ts';
import type { Workload, WorkloadContext } from './workload.ts';

const MIB = 2 ** 20;
const SITE = 'bench';

export const page: Workload<PagePlan> = async (plan, context) => {
  await publish(plan, context);
  for (const carrier of plan.carriers) {
    const onion = carrier === 'onion-message' ? { onion: plan.onionBytesMax } : {};
    const tags = { carrier, hops: plan.hops, ...onion };
    let largest = 0;
    try {
      // Ascending, so that the largest that arrived stands even where the next one fails.
      for (const size of plan.sizes.toSorted((one, other) => one - other)) {
        await measure(plan, carrier, size, tags, context);
        largest = size;
      }
    } finally {
      if (largest > 0) context.record.value('page_size_max_bytes', tags, largest);
    }
  }
};

const seedOf = (size: number): string => `page ${size}`;
const pathOf = (size: number): string => `${size}.bin`;

async function publish({ to, sizes }: PagePlan, { network, signal, progress }: WorkloadContext): Promise<void> {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  await relayOf(network, to).pages.publish({
    name: SITE,
    signal,
    files: sizes.map((size) => ({ path: pathOf(size), size, content: () => originChunks(seedOf(size), size) })),
    progress: (bytes) => progress(`page: publishing beside ${to}, ${bytes} of ${total} B`),
  });
}

async function measure(plan: PagePlan, carrier: CarrierKind, size: number, tags: Tags, context: WorkloadContext): Promise<void> {
  const { network, record, signal } = context;
  const { from, to, onionBytesMax, loads, parallel } = plan;
  const spender = { from, to, carrier };
  const before = await spentMsat(spender, context);
  let [bytes, spentMs] = [0, 0];
  for (let round = 1; round <= loads; round++) {
    const rounds: TransferArrivals[] = [];
    await together(
      signal,
      Array.from({ length: parallel }, () => async (waiting: AbortSignal) => {
        const url = formatPageUrl({ key: relayOf(network, to).publicKey, name: SITE, path: pathOf(size) });
        const request: PageRequest = { url, carrier, onionBytesMax, from: 'cold', signal: waiting };
        const what = `page, ${carrier}, ${size} B, load ${round} of ${loads}`;
        const arrivals = await loadAsFarAsKnown(plan, request, size, what, context);
        rounds.push(arrivals);
        record.sample('page_load_ms', { ...tags, size }, arrivals.arrived.at(-1)!.ms - arrivals.startMs);
      }),
    );
    const all = {
      startMs: Math.min(...rounds.map(({ startMs }) => startMs)),
      arrived: rounds.flatMap(({ arrived }) => arrived),
    };
    record.goodput({ workload: 'page', ...tags, size }, all);
    const burst = burstWithin(plan, carrier, size * parallel, context);
    const counted = size * parallel - burst;
    bytes += counted;
    spentMs += (counted * 1_000) / goodputAfter(all, burst);
  }
  record.value('page_goodput_bytes_per_s', { ...tags, size }, (bytes * 1_000) / spentMs);
  const after = await spentMsat(spender, context);
  if (size === Math.max(...plan.sizes) && before !== null && after !== null)
    record.value('cost_msat_per_mib', tags, ((after - before) * MIB) / (size * loads * parallel));
}

/** Where the network leaves no way to read without a name, the name is told, and that is said. */
async function loadAsFarAsKnown(
  plan: PagePlan,
  request: PageRequest,
  size: number,
  what: string,
  context: WorkloadContext,
): Promise<TransferArrivals> {
  const relay = relayOf(context.network, plan.from);
  try {
    return await load(relay, request, { size, seed: seedOf(size) }, what, context);
  } catch (error) {
    if (!(error instanceof AnonymityError)) throw error;
    context.record.warn(`page over ${request.carrier}: the publisher's relay was told who reads, since ${error.message}.`);
    return load(relay, { ...request, identity: 'named' }, { size, seed: seedOf(size) }, what, context);
  }
}

/** What the onion limiter lets through at once and then never again is not measured, where it is the smaller part. */
function burstWithin({ from, to }: PagePlan, carrier: CarrierKind, bytes: number, { network }: WorkloadContext): number {
  if (carrier !== 'onion-message') return 0;
  const { burstBytes } = admissionAlong(network.plan, pathBetween(network.plan, from, to));
  return bytes >= 2 * burstBytes ? burstBytes : 0;
}
