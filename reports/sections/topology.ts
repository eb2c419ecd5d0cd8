/** Who was connected to whom, and what each channel carried. */
import type { ChannelRecord, Report } from '../../sim/measure/report.ts';
import { exact, many, quantity } from '../format.ts';
import { bounded, type Graph, type Section } from '../section.ts';

export function topology(report: Report): Section | null {
  const { nodes, channels } = report.plan.network;
  if (nodes.length === 0) return null;
  const capacitySat = channels.reduce((sum, channel) => sum + channel.capacitySat, 0);
  const relays = nodes.filter((node) => node.relay !== null).length;
  const drawable = nodes.length <= NODES_DRAWN_MAX && channels.length <= CHANNELS_DRAWN_MAX;
  const known = carriedKnown(report);
  return {
    id: 'network',
    title: 'The network',
    text: [
      `${many(nodes.length, 'node')}, ${relays === nodes.length ? 'each with a relay beside it' : `${exact(relays)} with a relay`}, and ` +
        `${many(channels.length, 'channel')} holding ${quantity(capacitySat * 1000, 'msat')} in all.` +
        (drawable ? '' : ` Too many to draw: at most ${NODES_DRAWN_MAX} nodes and ${CHANNELS_DRAWN_MAX} channels.`),
    ],
    figures: [
      {
        caption: 'Channels, and what they carried',
        ...(drawable ? { graph: graph(report) } : {}),
        table: bounded(
          [
            { title: 'Channel', kind: 'name' },
            { title: 'From', kind: 'name' },
            { title: 'To', kind: 'name' },
            { title: 'Capacity, sat', kind: 'number' },
            { title: 'HTLCs', kind: 'number' },
            { title: 'Forwarded, msat', kind: 'number' },
          ],
          records(report).map((c) => [
            c.name,
            c.from,
            c.to,
            exact(c.capacitySat),
            ...(known ? [exact(c.htlcs), exact(c.forwardedMsat)] : ['–', '–']),
          ]),
          'report.json',
        ),
      },
    ],
  };
}

export const NODES_DRAWN_MAX = 60;
const CHANNELS_DRAWN_MAX = 240;

/** A run that ended early has not asked its nodes what they carried: its records say 0, which is not known. */
function carriedKnown(report: Report): boolean {
  return report.ended === null || report.channels.some((channel) => channel.htlcs > 0);
}

/** Planned channels with what they carried. */
function records(report: Report): readonly ChannelRecord[] {
  const carried = new Map(report.channels.map((channel) => [channel.name, channel]));
  const planned = report.plan.network.channels.map(
    ({ name, from, to, capacitySat }) => carried.get(name) ?? { name, from, to, capacitySat, htlcs: 0, forwardedMsat: 0 },
  );
  const names = new Set(planned.map((channel) => channel.name));
  return [...planned, ...report.channels.filter((channel) => !names.has(channel.name))];
}

function graph(report: Report): Graph {
  const { nodes, origins, channels } = report.plan.network;
  const drawn = records(report);
  const known = carriedKnown(report);
  const mostMsat = Math.max(1, ...drawn.map((channel) => channel.forwardedMsat));
  const tunnels = report.plan.workloads.filter((workload) => workload.kind === 'tunnel');
  return {
    label: `${many(nodes.length, 'node')} and ${many(channels.length, 'channel')}, with the capacity of each and what it carried`,
    channels: drawn.map(({ from, to, capacitySat, htlcs, forwardedMsat }) => ({
      from,
      to,
      capacity: quantity(capacitySat * 1000, 'msat'),
      carried: known ? [many(htlcs, 'HTLC'), quantity(forwardedMsat, 'msat')] : null,
      share: Math.max(0, forwardedMsat) / mostMsat,
    })),
    nodes: nodes.map((node) => ({
      name: node.name,
      relay: node.relay !== null,
      note: [
        ...(tunnels.some((tunnel) => tunnel.from === node.name) ? ['client'] : []),
        ...(tunnels.some((tunnel) => tunnel.to === node.name) ? ['exit'] : []),
        ...origins.filter((origin) => origin.near === node.name).map((origin) => `${origin.name}:${origin.port}`),
      ].join(' · '),
    })),
  };
}
