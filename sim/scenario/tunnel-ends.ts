/** The machines that ip-tunnel workloads join: one near each node that is an end, with addresses in the order in which they are named. */
import { addressText } from '../../nodes/ipv4.ts';
import type { TunnelEndPlan } from '../../nodes/plan.ts';
import { readTunnelAddress } from '../../nodes/relay/ip/subnet.ts';
import type { Complaints } from './complaints.ts';
import type { Mistake } from './mistake.ts';
import type { IpTunnelPlan, WorkloadPlan } from './plan.ts';

/** `10.77.0.0/24`; null for what is no subnet of hosts. */
export function subnetBase(subnet: string): { readonly base: number; readonly bits: number } | null {
  const [address, bits] = subnet.split('/');
  const first = readTunnelAddress(`${address?.replace(/\d+$/, (last) => String(Number(last) + 1))}/${bits}`);
  return first === null || addressText(first.address - 1) !== address ? null : { base: first.address - 1, bits: first.bits };
}

const ipTunnels = (workloads: readonly WorkloadPlan[]): readonly [IpTunnelPlan, number][] =>
  workloads.flatMap((workload, index) => (workload.kind === 'ip-tunnel' ? [[workload, index] as [IpTunnelPlan, number]] : []));

export function planTunnelEnds(workloads: readonly WorkloadPlan[], complaints: Complaints): readonly TunnelEndPlan[] {
  const tunnels = ipTunnels(workloads);
  const [first] = tunnels;
  if (first === undefined) return [];
  const { subnet } = first[0];
  for (const [other, index] of tunnels)
    if (other.subnet !== subnet)
      complaints.about(['workloads', index, 'subnet'], `a machine has one address: expected ${subnet}, as the first ip-tunnel has`);
  const { base, bits } = subnetBase(subnet)!;
  const near = [...new Set(tunnels.flatMap(([{ from, to }]) => [from, to]))];
  if (near.length > 2 ** (32 - bits) - 2) complaints.about(['workloads', first[1], 'subnet'], `${subnet} has no ${near.length} addresses`);
  return near.map((name, index) => ({ near: name, address: `${addressText(base + 1 + index)}/${bits}` }));
}

const PROGRAMS = [
  ['tcp', 'iperf3', ({ tcpMs }: IpTunnelPlan) => tcpMs !== null],
  ['udp', 'iperf3', ({ udp }: IpTunnelPlan) => udp !== null],
  ['download', 'curl', ({ downloadBytes }: IpTunnelPlan) => downloadBytes !== null],
] as const;

/** A model answers echoes and no more: programs need a kernel below them. */
export function ipTunnelsDockerOnly(workloads: readonly WorkloadPlan[], complaints: Complaints): readonly Mistake[] {
  return ipTunnels(workloads).flatMap(([plan, index]) =>
    PROGRAMS.filter(([, , asked]) => asked(plan)).map(([key, program]) => ({
      place: complaints.place(['workloads', index, key]),
      text: `workloads[${index}].${key}: ${program} needs a kernel with a TUN device, which the simulated network has no model of (pings it has); run with --network docker`,
    })),
  );
}
