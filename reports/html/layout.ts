/** Where nodes stand in the drawing: a line across the page, a ring, a star, or by the springs of their channels. Same graph, same places. */
import { springs } from './springs.ts';

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly shape: 'line' | 'rows' | 'ring' | 'star' | 'springs';
  readonly width: number;
  readonly height: number;
  /** By the index of the node. */
  readonly places: readonly Place[];
}

/** `edges` hold indexes of nodes, 0 … n−1, n at least 1. A line is laid out in the order it is walked. */
export function layout(n: number, edges: readonly (readonly [number, number])[]): Layout {
  const neighbours = neighboursOf(n, edges);
  const degrees = neighbours.map((set) => set.size);
  const links = degrees.reduce((sum, degree) => sum + degree, 0) / 2;
  const walk = walkFrom(Math.max(0, degrees.indexOf(1)), neighbours);
  const connected = walk.length === n;
  const thin = connected && degrees.every((degree) => degree <= 2);
  if (thin && links === n - 1) return n <= LINE_MAX ? line(walk) : rows(walk);
  if (thin && links === n && n > 2) return { shape: 'ring', ...circle(walk, null) };
  const centre = degrees.indexOf(n - 1);
  if (connected && n > 3 && centre >= 0 && links === n - 1) {
    const around = walk.filter((i) => i !== centre);
    return { shape: 'star', ...circle(around, centre) };
  }
  return { shape: 'springs', ...fitted(springs(neighbours)) };
}

function neighboursOf(n: number, edges: readonly (readonly [number, number])[]): readonly ReadonlySet<number>[] {
  const neighbours = Array.from({ length: n }, () => new Set<number>());
  for (const [a, b] of edges) {
    if (a === b) continue;
    neighbours[a]?.add(b);
    neighbours[b]?.add(a);
  }
  return neighbours;
}

/** Depth first, lowest neighbour first. */
function walkFrom(start: number, neighbours: readonly ReadonlySet<number>[]): readonly number[] {
  const seen = new Set<number>();
  const todo = [start];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    todo.push(...[...(neighbours[next] ?? [])].filter((i) => !seen.has(i)).sort((a, b) => b - a));
  }
  return [...seen];
}

const LINE_MAX = 7;
const STEP = 160;

function line(walk: readonly number[]): Layout {
  const places: Place[] = [];
  walk.forEach((node, i) => {
    places[node] = { x: 60 + i * STEP, y: 60 };
  });
  return { shape: 'line', width: 120 + (walk.length - 1) * STEP, height: 160, places };
}

const ROW = 10;

/** A long line, there and back again. */
function rows(walk: readonly number[]): Layout {
  const places: Place[] = [];
  walk.forEach((node, i) => {
    const [row, column] = [Math.floor(i / ROW), i % ROW];
    places[node] = { x: 50 + (row % 2 === 0 ? column : ROW - 1 - column) * 90, y: 50 + row * 90 };
  });
  return { shape: 'rows', width: 910, height: 100 + Math.floor((walk.length - 1) / ROW) * 90, places };
}

/** Room at the sides for names and notes, which stand outside. */
const SIDE = 150;
const EDGE = 46;

function circle(around: readonly number[], centre: number | null): Omit<Layout, 'shape'> {
  const radius = Math.min(300, Math.max(150, around.length * 24));
  const middle = { x: radius * WIDER + SIDE, y: radius + EDGE };
  const places: Place[] = [];
  around.forEach((node, i) => {
    const angle = (i / around.length) * 2 * Math.PI - Math.PI / 2;
    places[node] = { x: middle.x + radius * WIDER * Math.cos(angle), y: middle.y + radius * Math.sin(angle) };
  });
  if (centre !== null) places[centre] = middle;
  return { width: middle.x * 2, height: middle.y * 2, places };
}

/** Words are wider than high: so is the ring. */
const WIDER = 1.15;

/** Into a box that is wider than high and grows with the nodes, lying down where it stood. */
function fitted(at: readonly Place[]): Omit<Layout, 'shape'> {
  const span = (values: readonly number[]): { from: number; length: number } => {
    const from = Math.min(...values);
    return { from, length: Math.max(1, Math.max(...values) - from) };
  };
  const [across, down] = [span(at.map(({ x }) => x)), span(at.map(({ y }) => y))];
  const lying = across.length >= down.length ? at : at.map(({ x, y }) => ({ x: y, y: x }));
  const [wide, high] = across.length >= down.length ? [across, down] : [down, across];
  const width = Math.min(760, Math.max(300, at.length * 55));
  const height = Math.min(520, (width * Math.max(0.45, high.length / wide.length)) | 0);
  return {
    width: width + SIDE * 2,
    height: height + EDGE * 2,
    places: lying.map(({ x, y }) => ({
      x: SIDE + ((x - wide.from) / wide.length) * width,
      y: EDGE + ((y - high.from) / high.length) * height,
    })),
  };
}
