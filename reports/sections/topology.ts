/** Who was connected to whom, and what each channel carried. */
import type { Report } from '../../sim/measure/report.ts';
import { exact, many, quantity } from '../format.ts';
import { bounded, type Graph, type Section } from '../section.ts';

export function topology(report: Report): Section | null {
  const { nodes, channels } = report.plan.network;
  if (nodes.length === 0) return null;
  const capacitySat = channels.reduce((sum, channel) => sum + channel.capacitySat, 0);
  const relays = nodes.filter((node) => node.relay !== null).length;
  const drawable = nodes.length <= NODES_DRAWN_MAX && channels.length <= CHANNELS_DRAWN_MAX;
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
          [...records(report)].map((c) => [c.name, c.from, c.to, exact(c.capacitySat), exact(c.htlcs), exact(c.forwardedMsat)]),
          'report.json',
        ),
      },
    ],
  };
}

export const NODES_DRAWN_MAX = 60;
const CHANNELS_DRAWN_MAX = 240;

/** Planned channels with what they carried; nothing is known of that where the run ended early. */
function records(report: Report): Graph['channels'] {
  const carried = new Map(report.channels.map((channel) => [channel.name, channel]));
  const planned = report.plan.network.channels.map(
    ({ name, from, to, capacitySat }) => carried.get(name) ?? { name, from, to, capacitySat, htlcs: 0, forwardedMsat: 0 },
  );
  const names = new Set(planned.map((channel) => channel.name));
  return [...planned, ...report.channels.filter((channel) => !names.has(channel.name))];
}

function graph(report: Report): Graph {
  const { nodes, origins, channels } = report.plan.network;
  const tunnels = report.plan.workloads.filter((workload) => workload.kind === 'tunnel');
  return {
    label: `${many(nodes.length, 'node')} and ${many(channels.length, 'channel')}, with the capacity of each and what it carried`,
    channels: records(report),
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
