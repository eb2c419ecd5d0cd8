/** Fruchterman and Reingold, 1991: every pair of nodes repels, every channel pulls, and what may move shrinks with each round. */

/** Places without a frame, one a node; `neighbours` by index. The same graph always settles the same way: it starts from a circle. */
export function springs(neighbours: readonly ReadonlySet<number>[]): readonly { readonly x: number; readonly y: number }[] {
  const n = neighbours.length;
  const size = Math.sqrt(n) * IDEAL;
  const at = Array.from({ length: n }, (_, i) => {
    const angle = (i / n) * 2 * Math.PI;
    return { x: (size / 3) * Math.cos(angle), y: (size / 3) * Math.sin(angle) };
  });
  for (let round = 0; round < ROUNDS; round++) {
    const reach = (size / 8) * (1 - round / ROUNDS);
    const moves = at.map((_, i) => push(i, at, neighbours));
    at.forEach((place, i) => {
      const { x, y } = moves[i]!;
      const length = Math.max(1, Math.hypot(x, y));
      place.x += (x / length) * Math.min(length, reach);
      place.y += (y / length) * Math.min(length, reach);
    });
  }
  return at;
}

const ROUNDS = 300;
const IDEAL = 100;

function push(i: number, at: readonly { readonly x: number; readonly y: number }[], neighbours: readonly ReadonlySet<number>[]) {
  const here = at[i]!;
  // A light pull to the middle keeps parts that no channel joins on one page.
  const move = { x: -here.x * 0.02, y: -here.y * 0.02 };
  at.forEach((there, j) => {
    if (i === j) return;
    const [dx, dy] = [here.x - there.x, here.y - there.y];
    const distance = Math.max(1, Math.hypot(dx, dy));
    const force = IDEAL ** 2 / distance - (neighbours[i]?.has(j) ? distance ** 2 / IDEAL : 0);
    move.x += (dx / distance) * force;
    move.y += (dy / distance) * force;
  });
  return move;
}
