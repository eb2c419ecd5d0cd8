/** A network of real nodes: bitcoind and LNDs in containers, a relay beside each, as the plan says. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import '../async-stack.ts';
import type { LndNode } from '../lnd/index.ts';
import type { ConnectRelay, Network, Waiting } from '../node.ts';
import type { NetworkPlan } from '../plan.ts';
import { wallClock } from '../wall.ts';
import { bringUpLnds, type Lnds, lastLogOf, phaseTimer } from './bring-up.ts';
import { buildChannels } from './channels.ts';
import { cleanDocker } from './clean.ts';
import type { RunningContainer } from './container.ts';
import { connectEngine } from './engine.ts';
import { dockerFaults } from './faults.ts';
import { ensureRelayImage } from './images/relay.ts';
import { ensureTunnelEndImage } from './images/tunnel-end.ts';
import { labelsOf, newRunId } from './labels.ts';
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
  /** Where logs go when bring-up fails; it exists. */
  readonly logs?: string;
}

/** @throws InfrastructureError, DeadlineError naming who was late; nothing is left running then. */
export const openDocker = async (plan: NetworkPlan, options: DockerOptions): Promise<Network> => {
  const { signal, keep = false, progress = () => {}, connectRelay } = options;
  const { docker } = await connectEngine({ signal });
  const { phases, phase } = phaseTimer(progress);
  await cleanDocker(docker, { signal });
  phase('cleaned');
  const relayImage = plan.nodes.some(({ relay }) => relay !== null) ? await ensureRelayImage(docker, { signal }) : null;
  if (relayImage?.built) phase('relay image built');
  const tunnelEndImage = plan.tunnelEnds?.length ? await ensureTunnelEndImage(docker, { signal }) : null;
  if (tunnelEndImage?.built) phase('tunnel end image built');
  const runId = newRunId();
  const labels = labelsOf({ runId, keep });
  const stack = new AsyncDisposableStack();
  const logs: RunningContainer[] = [];
  try {
    const subnet = stack.use(await createSubnet(docker, `leyden-${runId}`, labels));
    const common = { docker, plan, runId, network: subnet.name, labels, stack, logs, signal };
    const lnds = await bringUpLnds({ ...common, subnet, phase });
    const building = buildChannels({
      plan,
      nodes: lnds.nodes,
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
      return startRelays({ ...common, image, lnds: lnds.containers, nodes: lnds.nodes, tunnelEnds });
    };
    const starting = startBeside();
    // Relays load while channels are announced, which is waiting more than work. Both have ended before either's failure is told.
    await Promise.allSettled([building, starting]);
    await building;
    const started = await starting;
    if (relayImage) phase('relays answer');
    const relays = new Map(started.map(({ endpoint }) => [endpoint.node, connectRelay(endpoint, wallClock)]));
    const relayContainers = new Map(started.map(({ endpoint, container }) => [endpoint.node, container]));
    const owned = stack.move();
    return {
      kind: 'docker',
      plan,
      clock: wallClock,
      nodes: lnds.nodes,
      relays,
      tunnelEnds: new Map(tunnelEnds.map(({ plan: { near }, machine }) => [near, machine])),
      faults: dockerFaults({ plan, lnds, relays: started, bitcoind: lnds.bitcoind }),
      phases,
      versions: versionsOf(lnds),
      images: Object.fromEntries(
        [
          ...lnds.images.flatMap(({ lnd, bitcoind }) => [lnd, bitcoind]),
          ...[relayImage, tunnelEndImage].filter((image) => image !== null),
        ].map(({ ref, id }) => [ref, id]),
      ),
      quiet: (waiting) => quiet(lnds.nodes, waiting),
      usage: () => usageOf(lnds.containers, relayContainers),
      writeLogs: (folder) => writeLogs(logs, folder),
      [Symbol.asyncDispose]: async () => {
        if (!keep) await owned.disposeAsync();
      },
    };
  } catch (error) {
    if (options.logs) await writeLogs(logs, options.logs).catch(() => {});
    await stack.disposeAsync();
    throw error;
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
  await Promise.all(
    containers.map(async (container) => writeFile(join(folder, `${container.name}.log`), await container.lastLog(LOG_LINES_MAX))),
  );
};
