/** Who was connected to whom, what each channel carried and what it earned. A network too large to draw: large-topology.ts. */
import type { ChannelRecord, Report } from '../../sim/measure/report.ts';
import { exact, many, quantity } from '../format.ts';
import { bounded, type Figure, type Graph, type Section, type Table } from '../section.ts';
import { busiest, shapeOfNetwork } from './large-topology.ts';

export function topology(report: Report): Section | null {
  const { nodes, channels } = report.plan.network;
  if (nodes.length === 0) return null;
  const capacitySat = channels.reduce((sum, channel) => sum + channel.capacitySat, 0);
  const relays = nodes.filter((node) => node.relay !== null).length;
  const drawable = nodes.length <= NODES_DRAWN_MAX && channels.length <= CHANNELS_DRAWN_MAX;
  const all = records(report);
  const with_ =
    relays === nodes.length ? 'each with a relay beside it' : relays === 0 ? 'none with a relay' : `${exact(relays)} with a relay`;
  return {
    id: 'network',
    title: 'The network',
    text: [
      `${many(nodes.length, 'node')}, ${with_}, and ${many(channels.length, 'channel')} holding ${quantity(capacitySat * 1000, 'msat')} in all.`,
      drawable
        ? 'A channel is drawn as thick as what it carried; a filled node has a relay. Earned: the fees that nodes kept for forwarding out over it.'
        : '',
    ].filter(Boolean),
    figures: drawable ? [whole(report, all)] : [...busiestFigure(report, all), ...shapeOfNetwork(report)],
  };
}

const NODES_DRAWN_MAX = 60;
const CHANNELS_DRAWN_MAX = 240;

function whole(report: Report, all: readonly ChannelRecord[]): Figure {
  const names = report.plan.network.nodes.map(({ name }) => name);
  return { caption: 'Channels, and what they carried', graph: graph(report, names, all), table: channelTable(report, all) };
}

function busiestFigure(report: Report, all: readonly ChannelRecord[]): readonly Figure[] {
  const chosen = busiest(all);
  if (chosen.channels.length === 0) return [];
  const what = chosen.carried ? 'were busiest' : 'hold most';
  return [
    {
      caption: `The ${many(chosen.nodes.length, 'node')} that ${what}, and ${many(chosen.channels.length, 'channel')} among them, of ${exact(all.length)}`,
      graph: graph(report, chosen.nodes, chosen.channels),
      table: channelTable(report, chosen.inOrder),
    },
  ];
}

/** A run that ended early has not asked its nodes what they carried: its records say 0, which is not known. */
function carriedKnown(report: Report): boolean {
  return report.ended === null || report.channels.some((channel) => channel.htlcs > 0);
}

function channelTable(report: Report, all: readonly ChannelRecord[]): Table {
  const known = carriedKnown(report);
  return bounded(
    [
      { title: 'Channel', kind: 'name' },
      { title: 'From', kind: 'name' },
      { title: 'To', kind: 'name' },
      { title: 'Capacity, sat', kind: 'number' },
      { title: 'HTLCs', kind: 'number' },
      { title: 'Forwarded, msat', kind: 'number' },
      { title: 'Earned, msat', kind: 'number' },
    ],
    all.map((c) => [
      c.name,
      c.from,
      c.to,
      exact(c.capacitySat),
      ...[c.htlcs, c.forwardedMsat, c.earnedMsat].map((n) => (known ? exact(n) : '–')),
    ]),
    'report.json',
  );
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

function graph(report: Report, names: readonly string[], drawn: readonly ChannelRecord[]): Graph {
  const { nodes, origins } = report.plan.network;
  const known = carriedKnown(report);
  const mostMsat = drawn.reduce((most, channel) => Math.max(most, channel.forwardedMsat), 1);
  const tunnels = report.plan.workloads.filter((workload) => workload.kind === 'tunnel');
  const wanted = new Set(names);
  return {
    label: `${many(names.length, 'node')} and ${many(drawn.length, 'channel')}, with the capacity of each and what it carried`,
    channels: drawn.map(({ from, to, capacitySat, htlcs, forwardedMsat, earnedMsat = 0 }) => ({
      from,
      to,
      capacity: quantity(capacitySat * 1000, 'msat'),
      carried: known
        ? [many(htlcs, 'HTLC'), quantity(forwardedMsat, 'msat'), ...(earnedMsat > 0 ? [`earned ${quantity(earnedMsat, 'msat')}`] : [])]
        : null,
      share: Math.max(0, forwardedMsat) / mostMsat,
    })),
    nodes: nodes
      .filter(({ name }) => wanted.has(name))
      .map((node) => ({
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
