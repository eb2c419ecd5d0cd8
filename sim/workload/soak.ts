/**
 * The same for a long while: a session and a verified download over each carrier in turn, again and again, while events come and go; and
 * after each round what the processes hold. What grows once warmed up, by more than noise explains, is a leak; what falls is a slow death.
 */
import { LeydenError } from '../../nodes/errors.ts';
import type { Usage } from '../../nodes/node.ts';
import type { CarrierKind } from '../../nodes/plan.ts';
import { ownUse } from '../measure/own-use.ts';
import type { SoakPlan, TunnelPlan } from '../scenario/plan.ts';
import { nodeOf, relayOf } from './path.ts';
import type { Sample } from './soak/slope.ts';
import { recordTrends, type Series } from './soak/trends.ts';
import { goodputAfter } from './tunnel/goodput-after.ts';
import { transfer } from './tunnel/transfer.ts';
import { within } from './wait.ts';
import type { Workload, WorkloadContext } from './workload.ts';

const OPEN_MS_MAX = 120_000;
const STREAMS = 4;
/** After one that failed: whoever is coming back is not asked a hundred times a second. */
const PAUSE_MS = 1_000;

/** Per process and kind of thing, one figure a round. */
type Held = Map<string, Sample[]>;

/** Of what never starts anew. */
const ONE_LIFE = 0;

export const soak: Workload<SoakPlan> = async (plan, context) => {
  const { network, record, signal } = context;
  const untilMs = network.clock.now() + plan.durationMs;
  const goodputs = new Map<CarrierKind, Sample[]>(plan.carriers.map((carrier) => [carrier, []]));
  const ended = new Map<string, number>();
  const held: Held = new Map();
  const before = await network.usage({ signal });
  try {
    for (let round = 1; network.clock.now() < untilMs; round++) {
      for (const carrier of plan.carriers) {
        const left = Math.ceil((untilMs - network.clock.now()) / 60_000);
        context.progress(`soak, ${carrier}: round ${round}, ${Math.max(0, left)} min left`);
        const perS = await once(plan, carrier, context);
        const outcome = typeof perS === 'number' ? 'whole' : perS.name;
        ended.set(`${carrier} ${outcome}`, (ended.get(`${carrier} ${outcome}`) ?? 0) + 1);
        if (typeof perS === 'number') {
          goodputs.get(carrier)!.push({ atMs: network.clock.now(), value: perS, life: ONE_LIFE });
          record.sample('soak_goodput_bytes_per_s', { carrier, hops: plan.hops }, perS);
        } else await network.clock.sleep(PAUSE_MS, { signal });
      }
      // Memory is the machine's: in virtual time it would make the same seed another report.
      if (network.clock.kind === 'wall') look(await network.usage({ signal }), held, context);
    }
  } finally {
    // Interrupted, its rounds still tell what they showed.
    for (const [key, count] of ended) {
      const [carrier, outcome] = key.split(' ') as [CarrierKind, string];
      record.value('soak_transfers', { carrier, outcome }, count);
    }
    recordTrends(seriesOf(goodputs, held), record);
    await grown(before, context);
  }
};

/** Bytes per second of a transfer that arrived whole, or the named error that it ended with. Bytes that differ are thrown. */
async function once(plan: SoakPlan, carrier: CarrierKind, context: WorkloadContext): Promise<number | LeydenError> {
  const { network, signal } = context;
  const exit = nodeOf(network, plan.to).publicKey;
  const tunnel: TunnelPlan = {
    ...plan,
    kind: 'tunnel',
    carrier,
    identity: 'named',
    onionBytesMax: 32_834,
    bytes: plan.bytes[carrier],
    streams: STREAMS,
    directions: ['down'],
    pings: 0,
  };
  try {
    const what = `a session over ${carrier} from ${plan.from} to ${plan.to}`;
    await using session = await within(network.clock, { what, ms: OPEN_MS_MAX, signal }, (waiting) =>
      relayOf(network, plan.from).openSession({ exit, carrier, identity: 'named', signal: waiting }),
    );
    return goodputAfter(await transfer(tunnel, session, 'down', context), 0);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof LeydenError) || /not those that/u.test(error.message)) throw error;
    return error;
  }
}

function look(usage: readonly Usage[], held: Held, { network, record }: WorkloadContext): void {
  const atMs = network.clock.now();
  const one = (metric: 'memory_bytes' | 'descriptors', process: string, value: number, life: number): void => {
    record.sample(metric, { process }, value);
    const key = `${metric === 'memory_bytes' ? 'memory' : 'descriptor'} ${process}`;
    held.set(key, [...(held.get(key) ?? []), { atMs, value, life }]);
  };
  const own = ownUse();
  one('memory_bytes', 'sim', own.memoryBytes, ONE_LIFE);
  one('descriptors', 'sim', own.descriptors, ONE_LIFE);
  for (const { node, relay } of usage) {
    if (!relay) continue;
    one('memory_bytes', `${node}.relay`, relay.memoryBytes, relay.startedTicks);
    one('descriptors', `${node}.relay`, relay.descriptors, relay.startedTicks);
  }
}

function seriesOf(goodputs: ReadonlyMap<CarrierKind, readonly Sample[]>, held: Held): Series[] {
  const ofCarriers = [...goodputs].map(([carrier, points]): Series => ({ what: 'goodput', tags: { carrier }, points }));
  const ofProcesses = [...held].map(([key, points]): Series => {
    const [what, process] = key.split(' ') as ['memory' | 'descriptor', string];
    return { what, tags: { process }, points };
  });
  return [...ofCarriers, ...ofProcesses];
}

/** Never throws, or it would hide what ended the soak. A signal that was aborted already would refuse the question. */
async function grown(before: readonly Usage[], { network, record, signal }: WorkloadContext): Promise<void> {
  try {
    for (const now of await network.usage(signal.aborted ? {} : { signal })) {
      const then = before.find(({ node }) => node === now.node);
      if (then !== undefined) record.value('database_growth_bytes', { node: now.node }, now.databaseBytes - then.databaseBytes);
    }
  } catch (error) {
    record.warn(`No database_growth_bytes: ${error instanceof Error ? error.message : error}`);
  }
}
