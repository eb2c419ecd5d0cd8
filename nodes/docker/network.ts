/** A network of real nodes: bitcoind and LNDs in containers, a relay beside each, as the plan says. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import '../async-stack.ts';
import type { LndNode } from '../lnd/index.ts';
import { paidSince } from '../lnd/paid-since.ts';
import type { ConnectRelay, Network, Waiting } from '../node.ts';
import type { NetworkPlan } from '../plan.ts';
import { wallClock } from '../wall.ts';
import { announcementsKnown } from './announced.ts';
import { bringUpLnds, type Lnds, lastLogOf, phaseTimer } from './bring-up.ts';
import { buildChannels } from './channels.ts';
import { cleanDocker } from './clean.ts';
import type { RunningContainer } from './container.ts';
import { dataVolumeOf } from './data-volume.ts';
import { watchDeaths } from './deaths.ts';
import { connectEngine } from './engine.ts';
import { dockerFaults } from './faults.ts';
import { ensureRelayImage } from './images/relay.ts';
import { ensureTunnelEndImage } from './images/tunnel-end.ts';
import type { KeptNetwork } from './kept/kept-network.ts';
import { labelsOf, newRunId } from './labels.ts';
import { type Links, startLinks, throughLinks } from './links.ts';
import { assertMemory } from './memory-budget.ts';
import { startRelays } from './relays.ts';
import { createSubnet } from './subnet.ts';
import { type StartedTunnelEnd, startTunnelEnds } from './tunnel-ends.ts';
import { until } from './until.ts';
import { usageOf } from './usage.ts';

const QUIET_DEADLINE_MS = 30_000;
/** Lines of log kept per process. */
const LOG_LINES_MAX = 20_000;

export interface DockerOptions extends Waiting {
  readonly connectRelay: ConnectRelay;
  /** Called with each phase as it ends. */
  readonly progress?: (phase: string) => void;
  /** Stays up after the run, until `sim down` or `sim clean --all`. */
  readonly keep?: boolean;
  /** Neither from a kept network nor kept for the next. */
  readonly fresh?: boolean;
  /** Where logs go when bring-up fails; it exists. */
  readonly logs?: string;
}

/** @throws InfrastructureError, DeadlineError naming who was late; nothing is left running then. */
export const openDocker = async (plan: NetworkPlan, options: DockerOptions): Promise<Network> => {
  const { signal, keep = false, fresh = false, progress = () => {}, connectRelay } = options;
  const { docker } = await connectEngine({ signal });
  const { phases, phase } = phaseTimer(progress);
  await cleanDocker(docker, { signal });
  phase('cleaned');
  const ownCode = plan.nodes.some(({ relay }) => relay !== null) || plan.links?.length;
  const relayImage = ownCode ? await ensureRelayImage(docker, { signal }) : null;
  if (relayImage?.built) phase('relay image built');
  const tunnelEndImage = plan.tunnelEnds?.length ? await ensureTunnelEndImage(docker, { signal }) : null;
  if (tunnelEndImage?.built) phase('tunnel end image built');
  const { MemTotal } = (await docker.info()) as { MemTotal: number };
  assertMemory(plan, Math.min(MemTotal, process.availableMemory()));
  const runId = newRunId();
  const labels = labelsOf({ runId, keep });
  const stack = new AsyncDisposableStack();
  const logs: RunningContainer[] = [];
  let kept: KeptNetwork | null = null;
  let linked: Promise<Links> | undefined;
  try {
    const subnet = stack.use(await createSubnet(docker, `leyden-${runId}`, labels));
    const common = { docker, plan, runId, network: subnet.name, labels, stack, logs, signal };
    const starting = plan.links?.length && relayImage ? startLinks({ ...common, image: relayImage.ref }) : null;
    const linking = starting?.then((links) => stack.use(links));
    linking?.catch(() => {});
    linked = linking;
    const lnds = await bringUpLnds({ ...common, subnet, phase, fresh });
    kept = lnds.kept;
    const building = buildChannels({
      plan,
      answering: lnds.answering,
      restored: lnds.kept !== null,
      dialled: linking && (async (from, to) => (await linking).dialled(from, to)),
      bitcoind: lnds.bitcoind,
      lastLog: lastLogOf(lnds.containers),
      phase,
      signal,
    });
    const tunnelEnds: StartedTunnelEnd[] = [];
    const startBeside = async () => {
      if (relayImage === null) return [];
      const image = relayImage.ref;
      if (tunnelEndImage !== null) tunnelEnds.push(...(await startTunnelEnds({ ...common, image, tunnelEndImage: tunnelEndImage.ref })));
      return startRelays({ ...common, image, lnds: lnds.containers, answering: lnds.answering, tunnelEnds });
    };
    const startingRelays = startBeside();
    // Relays load while channels are announced, which is waiting more than work. Both have ended before either's failure is told.
    await Promise.allSettled([building, startingRelays]);
    await building;
    // A start that is not kept costs the next one its seconds, and this one nothing.
    await lnds.keep().catch((error: unknown) => progress(`not kept for the next start: ${error instanceof Error ? error.message : error}`));
    const started = await startingRelays;
    const links = (await linking) ?? null;
    const answering = await lnds.nodes;
    const nodes = links ? throughLinks(answering, links) : answering;
    links?.watch(nodes);
    if (started.length > 0) {
      phase('relays answer');
      const reached = plan.channels.flatMap(({ from, to }) => [from, to]);
      await announcementsKnown(
        [...answering.values()].filter(({ name }) => reached.includes(name)),
        { signal },
      );
      phase('relays announced');
    }
    const relays = new Map(started.map(({ endpoint }) => [endpoint.node, connectRelay(endpoint, wallClock)]));
    const relayContainers = new Map(started.map(({ endpoint, container }) => [endpoint.node, container]));
    const over = new AbortController();
    stack.defer(() => over.abort());
    const deaths = watchDeaths(logs);
    const owned = stack.move();
    return {
      kind: 'docker',
      plan,
      clock: wallClock,
      nodes,
      relays,
      tunnelEnds: new Map(tunnelEnds.map(({ plan: { near }, machine }) => [near, machine])),
      faults: dockerFaults({ plan, lnds, nodes, relays: started, bitcoind: lnds.bitcoind, links, deaths, over: over.signal }),
      endedAlone: () => deaths.found(),
      phases,
      versions: versionsOf(lnds),
      images: Object.fromEntries(
        [
          ...lnds.images.flatMap(({ lnd, bitcoind }) => [lnd, bitcoind]),
          ...[relayImage, tunnelEndImage].filter((image) => image !== null),
        ].map(({ ref, id }) => [ref, id]),
      ),
      ...(links && { linkFindings: (waiting?: Waiting) => links.findings(waiting) }),
      dataVolume: async () => {
        const [first] = lnds.containers.values();
        return first === undefined ? null : dataVolumeOf(first);
      },
      quiet: (waiting) => quiet(nodes, waiting),
      paidMsat: async (sinceMs, waiting) =>
        new Map(await Promise.all([...nodes].map(async ([name, { lnd }]) => [name, await paidSince(lnd, sinceMs, waiting)] as const))),
      usage: () => usageOf(lnds.containers, relayContainers),
      writeLogs: (folder) => writeLogs(logs, folder),
      [Symbol.asyncDispose]: async () => {
        if (keep) return;
        await owned.disposeAsync();
        // Without it the next start takes its seconds longer, no more.
        await lnds.sealKept().catch(() => {});
      },
    };
  } catch (error) {
    // Else a proxy that answers only now would find nobody to take it down.
    await linked?.catch(() => {});
    if (options.logs) await writeLogs(logs, options.logs).catch(() => {});
    if (!signal?.aborted) await (kept as KeptNetwork | null)?.forget().catch(() => {});
    await stack.disposeAsync();
    if (kept === null || signal?.aborted) throw error;
    progress(`the kept network did not come up (${error instanceof Error ? error.message.split('\n')[0] : error}): a fresh one`);
    return openDocker(plan, { ...options, fresh: true });
  }
};

const versionsOf = ({ images, bitcoind }: Lnds): Record<string, string> => ({
  lnd: [...new Set(images.map(({ lnd }) => lnd.version))].join(', '),
  bitcoind: bitcoind.version,
});

/** No HTLC pending, nothing unsettled, and two readings of every balance alike. */
const quiet = async (nodes: ReadonlyMap<string, LndNode>, { signal }: Waiting = {}): Promise<void> => {
  let before = '';
  await until(
    async () => {
      const readings = await Promise.all(
        [...nodes.values()].map(async (node) => ({
          name: node.name,
          balance: await node.balanceMsat({ signal }),
          pending: (await node.channels({ signal })).reduce((sum, channel) => sum + channel.pendingHtlcs, 0),
        })),
      );
      const now = JSON.stringify(readings);
      const still = now === before;
      before = now;
      return readings
        .filter(({ pending, balance }) => pending > 0 || balance.unsettledMsat > 0 || !still)
        .map(({ name, pending }) => ({ name, state: `${pending} HTLCs pending` }));
    },
    { what: 'every HTLC to end and balances to be still', deadlineMs: QUIET_DEADLINE_MS, signal },
  );
};

const writeLogs = async (containers: readonly RunningContainer[], folder: string): Promise<void> => {
  const written = await Promise.allSettled(
    containers.map(async (container) => writeFile(join(folder, `${container.name}.log`), await container.lastLog(LOG_LINES_MAX))),
  );
  for (const one of written) if (one.status === 'rejected') throw one.reason;
};
