/**
 * Two machines joined by TUN devices through one session, and the programs that people try networks with, unchanged: ping, iperf3, curl.
 * What they say is what is reported; a download's bytes are checked besides.
 */
import { WorkloadError } from '../../nodes/errors.ts';
import { HEADER_BYTES } from '../../nodes/ipv4.ts';
import type { Network, TunnelMachine } from '../../nodes/node.ts';
import { originSha256 } from '../../nodes/origin.ts';
import type { Tags } from '../measure/report.ts';
import type { IpTunnelPlan } from '../scenario/plan.ts';
import { nodeOf, relayOf } from './path.ts';
import { within } from './wait.ts';
import type { Workload, WorkloadContext } from './workload.ts';

const STEP_MS_MAX = 60_000;
const PING_INTERVAL_MS = 200;
/** ping's own: 84 B with both headers. */
const PING_BYTES = 56;
/** ICMP's header, and UDP's. */
const INNER_HEADER_BYTES = 8;
/** Of the MTU's own length: enough to tell loss from what never passes. */
const FULL_PINGS = 5;
const DOWNLOAD_MS_MAX = 330_000;

interface Ends {
  readonly near: TunnelMachine;
  readonly far: TunnelMachine;
}

export const ipTunnel: Workload<IpTunnelPlan> = async (plan, context) => {
  const { network, signal, record, progress } = context;
  const onion = plan.carrier === 'onion-message' ? { onion: plan.onionBytesMax } : {};
  const tags = { carrier: plan.carrier, hops: plan.hops, ...onion };
  const request = { exit: nodeOf(network, plan.to).publicKey, carrier: plan.carrier, onionBytesMax: plan.onionBytesMax };
  const ends = { near: machineOf(network, plan.from), far: machineOf(network, plan.to) };
  progress(`ip-tunnel, ${plan.carrier}: joining the machines near ${plan.from} and ${plan.to}`);
  const what = `an IP tunnel over ${plan.carrier} from ${plan.from} to ${plan.to}`;
  await using session = await within(network.clock, { what, ms: STEP_MS_MAX, signal }, (waiting) =>
    relayOf(network, plan.from).openSession({ ...request, signal: waiting }),
  );
  await using tunnel = await within(network.clock, { what, ms: STEP_MS_MAX, signal }, (waiting) => session.openIp({ signal: waiting }));
  const { mtu } = tunnel;
  await Promise.all([ends.near.setMtu(mtu), ends.far.setMtu(mtu)]);
  record.value('ip_mtu_bytes', tags, mtu);
  await pings(plan, ends, mtu, tags, context);
  if (plan.downloadBytes !== null) await download(plan.downloadBytes, plan, ends, tags, context);
  for (const direction of ['down', 'up'] as const) {
    if (plan.tcpMs !== null) await iperf({ protocol: 'tcp', direction, durationMs: plan.tcpMs }, plan, ends, tags, context);
    if (plan.udp !== null)
      await iperf(
        { protocol: 'udp', direction, ...plan.udp, datagramBytes: mtu - HEADER_BYTES - INNER_HEADER_BYTES },
        plan,
        ends,
        tags,
        context,
      );
  }
  const { droppedTooLong, droppedNoRoom, droppedForeign } = await tunnel.stats();
  if (droppedTooLong + droppedForeign > 0)
    record.warn(`ip-tunnel over ${plan.carrier}: dropped ${droppedTooLong} packets too long and ${droppedForeign} from or to strangers.`);
  if (droppedNoRoom > 0) record.warn(`ip-tunnel over ${plan.carrier}: dropped ${droppedNoRoom} packets that found the queue full.`);
};

async function pings(plan: IpTunnelPlan, { near, far }: Ends, mtu: number, tags: Tags, context: WorkloadContext): Promise<void> {
  const { network, signal, record, progress } = context;
  const ping = (count: number, bytes: number) => {
    progress(`ip-tunnel, ${plan.carrier}: ${count} echoes of ${bytes} B`);
    const ms = STEP_MS_MAX + count * 11_000;
    return within(network.clock, { what: `${count} pings over ${plan.carrier}`, ms, signal }, (waiting) =>
      near.ping({ to: far.address, count, intervalMs: PING_INTERVAL_MS, bytes, signal: waiting }),
    );
  };
  if (plan.pings === 0) return;
  const trips = await ping(plan.pings, PING_BYTES);
  for (const ms of trips) record.sample('ip_rtt_ms', tags, ms);
  const full = await ping(FULL_PINGS, mtu - HEADER_BYTES - INNER_HEADER_BYTES);
  if (full.length === 0) throw new WorkloadError(`no packet of the MTU's ${mtu} B came back over ${plan.carrier}`);
  const sent = plan.pings + FULL_PINGS;
  record.value('ip_loss_ratio', { ...tags, by: 'ping' }, (sent - trips.length - full.length) / sent);
}

async function download(bytes: number, plan: IpTunnelPlan, { near, far }: Ends, tags: Tags, context: WorkloadContext): Promise<void> {
  const { network, signal, record, progress } = context;
  progress(`ip-tunnel, ${plan.carrier}: curl loads ${bytes} B`);
  const seed = `ip ${plan.carrier}`;
  const got = await within(network.clock, { what: `a download over ${plan.carrier}`, ms: DOWNLOAD_MS_MAX, signal }, (waiting) =>
    needed(near.download)({ to: far.address, bytes, seed, signal: waiting }),
  );
  if (got.bytes !== bytes || got.sha256 !== originSha256(seed, bytes))
    throw new WorkloadError(`the ${got.bytes} B that curl loaded over ${plan.carrier} are not the ${bytes} B that were sent`);
  record.value('ip_goodput_bytes_per_s', { ...tags, direction: 'down', by: 'curl' }, (bytes * 1_000) / got.ms);
}

interface IperfLoad {
  readonly protocol: 'tcp' | 'udp';
  readonly direction: 'up' | 'down';
  readonly durationMs: number;
  readonly bytesPerS?: number;
  readonly datagramBytes?: number;
}

async function iperf(load: IperfLoad, plan: IpTunnelPlan, { near, far }: Ends, tags: Tags, context: WorkloadContext): Promise<void> {
  const { network, signal, record, progress } = context;
  const { protocol, direction } = load;
  progress(`ip-tunnel, ${plan.carrier}: iperf3, ${protocol}, ${direction}`);
  const what = `iperf3 (${protocol}, ${direction}) over ${plan.carrier}`;
  const result = await within(network.clock, { what, ms: load.durationMs + STEP_MS_MAX, signal }, (waiting) =>
    needed(near.iperf)({ ...load, to: far.address, signal: waiting }),
  );
  record.value('ip_goodput_bytes_per_s', { ...tags, direction, by: protocol }, result.bytesPerS);
  if (result.lossRatio !== null) record.value('ip_loss_ratio', { ...tags, direction, by: protocol }, result.lossRatio);
}

/** What docker-only.ts refused where it is missing. */
function needed<T>(program: T | undefined): T {
  if (program === undefined) throw new WorkloadError('this network’s machines run no programs');
  return program;
}

function machineOf({ tunnelEnds }: Network, name: string): TunnelMachine {
  const machine = tunnelEnds?.get(name);
  if (machine === undefined) throw new WorkloadError(`no machine with a TUN device stands near ${name}`);
  return machine;
}
