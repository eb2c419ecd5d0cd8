import test from 'ava';
import fc from 'fast-check';
import { channelCount, type GeneratedKind, shapeOf } from '../../sim/scenario/topology/edges.ts';
import { Paths } from '../../sim/scenario/topology/paths.ts';
import { topology, type WrittenTopology } from '../../sim/scenario/topology/schema.ts';

const written = (kind: GeneratedKind, shape: object): WrittenTopology => topology.parse({ [kind]: shape });
const edges = (kind: GeneratedKind, shape: object) => shapeOf(kind, written(kind, shape)).edges.map(([from, to]) => `${from}-${to}`);

test('a line, a ring, a star, a mesh, a tree and a grid have the channels of their names', (t) => {
  t.deepEqual(edges('line', { nodes: 4 }), ['n0-n1', 'n1-n2', 'n2-n3']);
  t.deepEqual(edges('ring', { nodes: 3 }), ['n0-n1', 'n1-n2', 'n2-n0']);
  t.deepEqual(edges('star', { nodes: 4 }), ['n0-n1', 'n0-n2', 'n0-n3']);
  t.deepEqual(edges('mesh', { nodes: 4 }), ['n0-n1', 'n0-n2', 'n0-n3', 'n1-n2', 'n1-n3', 'n2-n3']);
  t.deepEqual(edges('tree', { nodes: 6, branch: 2 }), ['n0-n1', 'n0-n2', 'n1-n3', 'n1-n4', 'n2-n5']);
  t.deepEqual(edges('grid', { rows: 2, columns: 3 }), ['n0-n1', 'n0-n3', 'n1-n2', 'n1-n4', 'n2-n5', 'n3-n4', 'n4-n5']);
  t.deepEqual(edges('line', { nodes: ['alice', 'bob', 'carol'] }), ['alice-bob', 'bob-carol']);
});

const shapes = fc.oneof(
  fc.record({ kind: fc.constantFrom<GeneratedKind>('line', 'star', 'mesh', 'tree', 'ring'), nodes: fc.integer({ min: 3, max: 40 }) }),
  fc.record({ kind: fc.constant<GeneratedKind>('grid'), rows: fc.integer({ min: 2, max: 6 }), columns: fc.integer({ min: 1, max: 6 }) }),
);

test('every shape has as many channels as were counted before, each between two nodes once, and hangs together', (t) => {
  fc.assert(
    fc.property(shapes, ({ kind, ...shape }) => {
      const plan = written(kind, shape);
      const { names, edges } = shapeOf(kind, plan);
      t.is(edges.length, channelCount(kind, plan));
      t.is(new Set(edges.map((ends) => [...ends].sort().join())).size, edges.length);
      const channels = edges.map(([from, to]) => ({ name: '', from, to, capacitySat: 1, balance: 1, policies: [] as never }));
      t.deepEqual(new Paths(names, channels).unreachable(names[0]!), []);
    }),
  );
});

/** Floyd–Warshall, which shares nothing with the search under test. */
function distances(names: readonly string[], edges: readonly (readonly [string, string])[]): Map<string, number> {
  const far = new Map<string, number>();
  const at = (a: string, b: string) => far.get(`${a} ${b}`) ?? Number.POSITIVE_INFINITY;
  for (const name of names) far.set(`${name} ${name}`, 0);
  for (const [a, b] of edges) for (const key of [`${a} ${b}`, `${b} ${a}`]) far.set(key, Math.min(far.get(key) ?? 1, 1));
  for (const via of names) for (const a of names) for (const b of names) far.set(`${a} ${b}`, Math.min(at(a, b), at(a, via) + at(via, b)));
  return far;
}

test('paths are as short as Floyd and Warshall find them, and follow channels that exist', (t) => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const pair = fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)).filter(([from, to]) => from !== to);
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 14 }), (edges) => {
      const far = distances(names, edges);
      const paths = new Paths(
        names,
        edges.map(([from, to]) => ({ name: '', from, to, capacitySat: 1, balance: 1, policies: [] as never })),
      );
      for (const to of names) {
        const path = paths.path('a', to);
        t.is(path === null ? Number.POSITIVE_INFINITY : path.length - 1, far.get(`a ${to}`) ?? Number.POSITIVE_INFINITY);
        for (const [index, name] of (path ?? []).entries()) if (index > 0) t.true(paths.between(path![index - 1]!, name).length > 0);
      }
      const reached = names.map((to) => far.get(`a ${to}`)!).filter(Number.isFinite);
      t.is(paths.reach('a'), Math.max(...reached));
      for (const hops of [0, 1, 2, 3]) t.is(paths.atDistance('a', hops) !== null, reached.includes(hops));
    }),
  );
});

test('ten thousand nodes in a line are planned and searched without a visible wait', (t) => {
  const { names, edges } = shapeOf('line', written('line', { nodes: 10_000 }));
  const paths = new Paths(
    names,
    edges.map(([from, to]) => ({ name: '', from, to, capacitySat: 1, balance: 1, policies: [] as never })),
  );
  t.is(paths.atDistance('n0', 20), 'n20');
  t.is(paths.reach('n0'), 9_999);
});
