/** Where nodes stand in the drawing: a line across the page, a ring, a star, or by the springs of their channels. Same graph, same places. */

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly shape: 'line' | 'ring' | 'star' | 'springs';
  readonly width: number;
  readonly height: number;
  readonly places: readonly Place[];
}

/** `edges` hold indexes of nodes, 0 … n−1. A line is laid out in the order it is walked. */
export function layout(n: number, edges: readonly (readonly [number, number])[]): Layout {
  const neighbours = Array.from({ length: n }, () => new Set<number>());
  for (const [a, b] of edges) {
    if (a === b) continue;
    neighbours[a]?.add(b);
    neighbours[b]?.add(a);
  }
  const degrees = neighbours.map((set) => set.size);
  const links = degrees.reduce((sum, degree) => sum + degree, 0) / 2;
  const walk = walkFrom(Math.max(0, degrees.indexOf(1)), neighbours);
  const connected = walk.length === n;
  if (connected && n <= LINE_MAX && links === n - 1 && degrees.every((degree) => degree <= 2)) return line(walk);
  if (connected && n > 2 && links === n && degrees.every((degree) => degree === 2)) return { shape: 'ring', ...circle(walk, null) };
  const centre = degrees.indexOf(n - 1);
  if (n > 3 && centre >= 0 && links === n - 1) {
    return {
      shape: 'star',
      ...circle(
        walk.filter((i) => i !== centre),
        centre,
      ),
    };
  }
  return { shape: 'springs', ...springs(n, neighbours) };
}

/** A line of more is drawn as springs would have it. */
const LINE_MAX = 12;

/** Depth first, lowest neighbour first. */
function walkFrom(start: number, neighbours: readonly ReadonlySet<number>[]): readonly number[] {
  const seen = new Set<number>();
  const todo = neighbours.length === 0 ? [] : [start];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    todo.push(...[...(neighbours[next] ?? [])].filter((i) => !seen.has(i)).sort((a, b) => b - a));
  }
  return [...seen];
}

function line(walk: readonly number[]): Layout {
  const step = 160;
  const places: Place[] = [];
  walk.forEach((node, i) => {
    places[node] = { x: 60 + i * step, y: 60 };
  });
  return { shape: 'line', width: 120 + (walk.length - 1) * step, height: 150, places };
}

function circle(around: readonly number[], centre: number | null): Omit<Layout, 'shape'> {
  const radius = Math.max(130, around.length * 16);
  const middle = { x: radius + 70, y: radius + 50 };
  const places: Place[] = [];
  around.forEach((node, i) => {
    const angle = (i / around.length) * 2 * Math.PI - Math.PI / 2;
    places[node] = { x: middle.x + radius * Math.cos(angle), y: middle.y + radius * Math.sin(angle) };
  });
  if (centre !== null) places[centre] = middle;
  return { width: middle.x * 2, height: middle.y * 2, places };
}

const ROUNDS = 300;

/** Fruchterman and Reingold, 1991: every pair repels, every channel pulls, and what may move shrinks with each round. */
function springs(n: number, neighbours: readonly ReadonlySet<number>[]): Omit<Layout, 'shape'> {
  const size = Math.max(320, Math.sqrt(n) * 110);
  const ideal = size / Math.sqrt(Math.max(1, n));
  const at = Array.from({ length: n }, (_, i) => {
    const angle = (i / n) * 2 * Math.PI;
    return { x: size / 2 + (size / 3) * Math.cos(angle), y: size / 2 + (size / 3) * Math.sin(angle) };
  });
  for (let round = 0; round < ROUNDS; round++) {
    const reach = (size / 8) * (1 - round / ROUNDS);
    const moves = at.map((a, i) => {
      const move = { x: (size / 2 - a.x) * 0.02, y: (size / 2 - a.y) * 0.02 };
      at.forEach((b, j) => {
        if (i === j) return;
        const [dx, dy] = [a.x - b.x, a.y - b.y];
        const distance = Math.max(1, Math.hypot(dx, dy));
        const force = ideal ** 2 / distance - (neighbours[i]?.has(j) ? distance ** 2 / ideal : 0);
        move.x += (dx / distance) * force;
        move.y += (dy / distance) * force;
      });
      return move;
    });
    at.forEach((place, i) => {
      const { x, y } = moves[i]!;
      const length = Math.max(1, Math.hypot(x, y));
      place.x += (x / length) * Math.min(length, reach);
      place.y += (y / length) * Math.min(length, reach);
    });
  }
  return framed(at);
}

function framed(at: readonly Place[]): Omit<Layout, 'shape'> {
  const [left, top] = [Math.min(...at.map(({ x }) => x)), Math.min(...at.map(({ y }) => y))];
  const [right, bottom] = [Math.max(...at.map(({ x }) => x)), Math.max(...at.map(({ y }) => y))];
  const places = at.map(({ x, y }) => ({ x: x - left + 70, y: y - top + 50 }));
  return { width: right - left + 140, height: bottom - top + 100, places };
}
