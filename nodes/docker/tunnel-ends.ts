/** Machines with a TUN device, each beside one relay: unchanged programs of Linux on it speak to those on the other over Lightning. */
import { InfrastructureError } from '../errors.ts';
import '../async-stack.ts';
import type { IperfResult, TunnelMachine } from '../node.ts';
import type { TunnelEndPlan } from '../plan.ts';
import { type RunningContainer, startContainer } from './container.ts';
import { ownFile } from './images/package-root.ts';
import type { RelaysRequest } from './relays.ts';
import { together } from './together.ts';

/** Of relay and machine alike. */
export const TUN_PORT = 9600;
/** Beyond what a program was given to do. */
const GRACE_MS = 30_000;
const PING_ANSWER_S = 10;

export interface StartedTunnelEnd {
  readonly plan: TunnelEndPlan;
  readonly container: RunningContainer;
  readonly machine: TunnelMachine;
}

export type TunnelEndsRequest = Pick<RelaysRequest, 'docker' | 'plan' | 'runId' | 'network' | 'labels' | 'stack' | 'logs'> & {
  readonly tunnelEndImage: string;
  /** Holds the HTTP server that a machine downloads from. */
  readonly image: string;
};

/** Before their relays, which are told their addresses; socat on them tries until the relay listens. */
export const startTunnelEnds = async (request: TunnelEndsRequest): Promise<readonly StartedTunnelEnd[]> => {
  const { plan, stack, logs } = request;
  const ends = await together(
    stack,
    (plan.tunnelEnds ?? []).map((end) => startTunnelEnd(request, end)),
  );
  logs.push(...ends.map(({ container }) => container));
  return ends;
};

const startTunnelEnd = async (
  { docker, runId, network, labels, image, tunnelEndImage }: TunnelEndsRequest,
  plan: TunnelEndPlan,
): Promise<StartedTunnelEnd & AsyncDisposable> => {
  await using stack = new AsyncDisposableStack();
  const name = `leyden-${runId}-${plan.near}-tun`;
  const container = stack.use(
    await startContainer(docker, {
      name,
      hostname: `${plan.near}-tun`,
      image: tunnelEndImage,
      command: [plan.address, `${plan.near}-relay`, String(TUN_PORT)],
      labels,
      network,
      ports: [],
      tun: true,
    }),
  );
  // In the machine's own network, so that it is reached at the machine's address: curl has something to load.
  stack.use(
    await startContainer(docker, {
      name: `${name}-http`,
      hostname: `${plan.near}-tun-http`,
      image,
      command: ['node', ownFile('nodes/origin'), '80'],
      labels,
      network: `container:${container.id}`,
      ports: [],
    }),
  );
  const owned = stack.move();
  return { plan, container, machine: machineIn(container, plan), [Symbol.asyncDispose]: () => owned.disposeAsync() };
};

const machineIn = (container: RunningContainer, plan: TunnelEndPlan): TunnelMachine => {
  const run = async (timeoutMs: number, command: readonly string[]): Promise<string> =>
    (await container.run(['timeout', String(Math.ceil((timeoutMs + GRACE_MS) / 1_000)), ...command])).toString('utf8');
  return {
    address: plan.address.split('/')[0] as string,
    async setMtu(bytes) {
      await run(0, ['ip', 'link', 'set', 'dev', 'leyden0', 'mtu', String(bytes)]);
    },
    async ping({ to, count, intervalMs, bytes }) {
      const wait = ['-W', String(PING_ANSWER_S), '-i', String(intervalMs / 1_000)];
      const said = await run(count * (intervalMs + 1_000), ['ping', '-n', '-c', String(count), '-s', String(bytes), ...wait, to]);
      return [...said.matchAll(/ time=([\d.]+) ms/g)].map(([, ms]) => Number(ms));
    },
    async iperf({ to, protocol, direction, durationMs, bytesPerS, datagramBytes }) {
      const udp = protocol === 'tcp' ? [] : ['-u', '-b', String((bytesPerS ?? 0) * 8), '-l', String(datagramBytes ?? 500)];
      const how = ['-t', String(Math.ceil(durationMs / 1_000)), ...(direction === 'down' ? ['-R'] : []), ...udp];
      return readIperf(await run(durationMs, ['iperf3', '-J', '-c', to, '--connect-timeout', '10000', ...how]));
    },
    async download({ to, bytes, seed }) {
      const url = `http://${to}/bytes/${bytes}?seed=${encodeURIComponent(seed)}`;
      const script = 'curl -sS --max-time 300 -o /tmp/got -w "%{size_download} %{time_total} " "$0"; sha256sum < /tmp/got; rm /tmp/got';
      const [got = '', seconds = '', sha256 = ''] = (await run(300_000, ['sh', '-c', script, url])).trim().split(/\s+/);
      return { bytes: Number(got), sha256, ms: Number(seconds) * 1_000 };
    },
  };
};

interface IperfReport {
  readonly error?: string;
  readonly end?: {
    readonly sum?: { readonly bits_per_second: number; readonly lost_percent?: number };
    readonly sum_received?: { readonly bits_per_second: number; readonly lost_percent?: number };
  };
}

/** @throws InfrastructureError with iperf3's own words when it measured nothing. */
const readIperf = (text: string): IperfResult => {
  let report: IperfReport;
  try {
    report = JSON.parse(text) as IperfReport;
  } catch {
    throw new InfrastructureError(`iperf3 was cut off: ${text.slice(-200) || 'it said nothing'}`);
  }
  const { sum, sum_received: received } = report.end ?? {};
  if (report.error !== undefined || (received ?? sum) === undefined)
    throw new InfrastructureError(`iperf3: ${report.error ?? 'no result'}`);
  const lost = received?.lost_percent ?? sum?.lost_percent;
  return { bytesPerS: (received ?? sum)!.bits_per_second / 8, lossRatio: lost === undefined ? null : lost / 100 };
};
