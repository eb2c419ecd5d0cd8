/** A network too large to draw whole: the part that was busiest, and the shape of the rest in two distributions. */
import type { ChannelRecord, Report } from '../../sim/measure/report.ts';
import { distribution } from '../distribution.ts';
import { exact, quantity } from '../format.ts';
import { bounded, type Figure } from '../section.ts';

/** What fits one drawing whose names can be read. */
const BUSIEST = { nodes: 24, channels: 48 };

export interface Busiest {
  /** By how much channels carried; where nothing carried anything, by capacity. */
  readonly carried: boolean;
  readonly nodes: readonly string[];
  /** Those among these nodes, busiest first. */
  readonly channels: readonly ChannelRecord[];
  /** All of the network, busiest first. */
  readonly inOrder: readonly ChannelRecord[];
}

/** Grown from the busiest node: always the one next that shares most with those there, so that what is drawn hangs together. */
export function busiest(all: readonly ChannelRecord[]): Busiest {
  const carried = all.some((channel) => channel.forwardedMsat > 0);
  const weight = (channel: ChannelRecord): number => (carried ? channel.forwardedMsat : channel.capacitySat);
  const at = new Map<string, ChannelRecord[]>();
  const sums = new Map<string, number>();
  for (const channel of all)
    for (const name of new Set([channel.from, channel.to])) {
      const there = at.get(name);
      if (there) there.push(channel);
      else at.set(name, [channel]);
      sums.set(name, (sums.get(name) ?? 0) + weight(channel));
    }
  const chosen = new Set<string>();
  const shared = new Map<string, number>();
  for (let next = largest(sums); next !== null && chosen.size < BUSIEST.nodes; next = largest(shared)) {
    chosen.add(next);
    shared.delete(next);
    for (const channel of at.get(next) ?? []) {
      const other = channel.from === next ? channel.to : channel.from;
      if (!chosen.has(other)) shared.set(other, (shared.get(other) ?? 0) + weight(channel));
    }
  }
  const inOrder = all.toSorted((a, b) => weight(b) - weight(a));
  const among = inOrder.filter(({ from, to }) => from !== to && chosen.has(from) && chosen.has(to));
  return { carried, inOrder, nodes: [...chosen], channels: among.slice(0, BUSIEST.channels) };
}

function largest(weights: ReadonlyMap<string, number>): string | null {
  let best: string | null = null;
  for (const [name, weight] of weights) if (best === null || weight > weights.get(best)!) best = name;
  return best;
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
