/** Which nodes a topology has and which of them share a channel, in the order in which they are opened. */
import type { WrittenTopology } from './schema.ts';

/** The opener comes first. */
export type Edge = readonly [from: string, to: string];

export interface Shape {
  readonly names: readonly string[];
  readonly edges: readonly Edge[];
}

export type GeneratedKind = 'line' | 'ring' | 'star' | 'mesh' | 'tree' | 'grid';

/** How many channels it would have; asked before they are made, since a mesh of 10,000 has 50 million. */
export function channelCount(kind: GeneratedKind, written: WrittenTopology): number {
  if (kind === 'grid') {
    const { rows, columns } = written.grid!;
    return rows * (columns - 1) + columns * (rows - 1);
  }
  const nodes = namesOf(written[kind]!.nodes).length;
  if (kind === 'ring') return nodes;
  return kind === 'mesh' ? (nodes * (nodes - 1)) / 2 : nodes - 1;
}

export function shapeOf(kind: GeneratedKind, written: WrittenTopology): Shape {
  if (kind === 'grid') return grid(written.grid!.rows, written.grid!.columns);
  const names = namesOf(written[kind]!.nodes);
  const pairs = PAIRS[kind](names.length, written.tree?.branch ?? 2);
  return { names, edges: pairs.map(([from, to]) => [names[from]!, names[to]!]) };
}

export function namesOf(nodes: number | readonly string[]): readonly string[] {
  return typeof nodes === 'number' ? Array.from({ length: nodes }, (_, index) => `n${index}`) : nodes;
}

type Pair = readonly [number, number];

const line = (count: number): Pair[] => Array.from({ length: count - 1 }, (_, index) => [index, index + 1]);

const PAIRS: Readonly<Record<Exclude<GeneratedKind, 'grid'>, (count: number, branch: number) => Pair[]>> = {
  line,
  ring: (count) => [...line(count), [count - 1, 0]],
  star: (count) => Array.from({ length: count - 1 }, (_, index) => [0, index + 1]),
  mesh: (count) => line(count).flatMap(([from]) => Array.from({ length: count - 1 - from }, (_, index): Pair => [from, from + 1 + index])),
  tree: (count, branch) => Array.from({ length: count - 1 }, (_, index) => [Math.floor(index / branch), index + 1]),
};

/** Row by row: n0 is the first corner. */
function grid(rows: number, columns: number): Shape {
  const names = namesOf(rows * columns);
  const edges: Edge[] = [];
  for (let index = 0; index < names.length; index++) {
    if ((index + 1) % columns !== 0) edges.push([names[index]!, names[index + 1]!]);
    if (index + columns < names.length) edges.push([names[index]!, names[index + columns]!]);
  }
  return { names, edges };
}
