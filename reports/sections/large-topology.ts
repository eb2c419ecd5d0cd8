/** A network too large to draw whole: the part that was busiest, and the shape of the rest in two distributions. */
import type { ChannelRecord, Report } from '../../sim/measure/report.ts';
import { distribution } from '../distribution.ts';
import { exact, quantity } from '../format.ts';
import { bounded, type Figure } from '../section.ts';

/** What fits one drawing whose names can be read. */
const BUSIEST = { nodes: 28, channels: 40 };

export interface Busiest {
  /** By how much they carried; where nothing carried anything, by capacity. */
  readonly carried: boolean;
  readonly channels: readonly ChannelRecord[];
  readonly inOrder: readonly ChannelRecord[];
  readonly nodes: readonly string[];
}

export function busiest(all: readonly ChannelRecord[]): Busiest {
  const carried = all.some((channel) => channel.forwardedMsat > 0);
  const inOrder = all
    .filter((channel) => !carried || channel.forwardedMsat > 0)
    .toSorted((a, b) => (carried ? b.forwardedMsat - a.forwardedMsat : b.capacitySat - a.capacitySat));
  const nodes = new Set<string>();
  const channels: ChannelRecord[] = [];
  for (const channel of inOrder) {
    if (channels.length === BUSIEST.channels) break;
    const more = [channel.from, channel.to].filter((name) => !nodes.has(name));
    if (nodes.size + more.length > BUSIEST.nodes) continue;
    for (const name of more) nodes.add(name);
    channels.push(channel);
  }
  return { carried, channels, inOrder, nodes: [...nodes] };
}

export function shapeOfNetwork(report: Report): readonly Figure[] {
  const { nodes, channels } = report.plan.network;
  const degree = new Map(nodes.map(({ name }) => [name, 0]));
  for (const { from, to } of channels) for (const name of [from, to]) degree.set(name, (degree.get(name) ?? 0) + 1);
  const degrees = [...degree.values()];
  const capacities = channels.map(({ capacitySat }) => capacitySat * 1000);
  return [
    {
      caption: 'Channels of a node',
      chart: {
        kind: 'lines',
        label: 'Share of nodes that have at least so many channels',
        x: { title: 'At least so many channels', scale: 'log', unit: '' },
        y: { title: 'Share of nodes', scale: 'log', unit: '%' },
        series: [{ label: 'nodes', tone: 'step1', points: atLeast(degrees) }],
      },
      table: quantiles('Channels', degrees, (value) => exact(value)),
    },
    {
      caption: 'Capacity of a channel',
      chart: {
        kind: 'lines',
        label: 'Cumulative distribution of the capacity of channels',
        x: { title: 'Capacity up to', scale: 'log', unit: 'msat' },
        y: { title: 'Share of channels', scale: 'linear', unit: '%', min: 0, max: 100 },
        series: [{ label: 'channels', tone: 'step1', stepped: true, points: distribution(capacities).filter(([msat]) => msat > 0) }],
      },
      table: quantiles('Capacity', capacities, (value) => quantity(value, 'msat')),
    },
  ];
}

/** [value, share of values at or above it in %], every value once, ascending. */
export function atLeast(values: readonly number[]): readonly (readonly [number, number])[] {
  const sorted = values.filter((value) => value > 0).sort((a, b) => a - b);
  const points: (readonly [number, number])[] = [];
  sorted.forEach((value, i) => {
    if (value !== sorted[i - 1]) points.push([value, ((sorted.length - i) / values.length) * 100]);
  });
  return points;
}

function quantiles(title: string, values: readonly number[], shown: (value: number) => string) {
  const sorted = [...values].sort((a, b) => a - b);
  const rows = [0, 10, 50, 90, 99, 100].map((percent) => {
    const value = sorted[Math.round((percent / 100) * (sorted.length - 1))];
    return [
      percent === 0 ? 'Smallest' : percent === 100 ? 'Largest' : `${percent} % have at most`,
      value === undefined ? '–' : shown(value),
    ];
  });
  return bounded(
    [
      { title: 'Share', kind: 'text' },
      { title, kind: 'number' },
    ],
    rows,
    'report.json',
  );
}
