import test from 'ava';
import fc from 'fast-check';
import { layout } from '../../reports/html/layout.ts';
import { line } from './fixture.ts';

test('a line, a long line, a ring and a star are known by their channels, in whatever order these are named', (t) => {
  t.is(layout(6, line(6)).shape, 'line');
  t.is(
    layout(
      6,
      [...line(6)].reverse().map(([a, b]) => [b, a] as const),
    ).shape,
    'line',
  );
  t.is(layout(30, line(30)).shape, 'rows');
  t.is(layout(5, [...line(5), [4, 0]]).shape, 'ring');
  t.is(
    layout(5, [
      [2, 0],
      [1, 2],
      [2, 3],
      [4, 2],
    ]).shape,
    'star',
  );
  t.is(layout(2, [[0, 1]]).shape, 'line');
  t.is(layout(1, []).shape, 'line');
});

test('two channels between the same nodes are still a line', (t) => {
  t.is(layout(3, [...line(3), [0, 1]]).shape, 'line');
});

test('nodes of a line stand in its order', (t) => {
  const { places } = layout(4, [
    [2, 0],
    [0, 3],
    [3, 1],
  ]);
  const order = [0, 1, 2, 3].sort((a, b) => places[a]!.x - places[b]!.x);
  t.deepEqual([order, [...order].reverse()].filter(([first]) => first === 1)[0], [1, 3, 0, 2]);
});

test('every node of any graph has a place inside the drawing, no two the same, and again the same', (t) => {
  const graph = fc.integer({ min: 1, max: 40 }).chain((n) => {
    const node = fc.integer({ min: 0, max: n - 1 });
    return fc.record({ n: fc.constant(n), edges: fc.array(fc.tuple(node, node), { maxLength: 80 }) });
  });
  fc.assert(
    fc.property(graph, ({ n, edges }) => {
      const drawn = layout(n, edges);
      t.is(drawn.places.filter((place) => place !== undefined).length, n);
      for (const { x, y } of drawn.places) {
        t.true(x >= 0 && x <= drawn.width && y >= 0 && y <= drawn.height);
      }
      t.is(new Set(drawn.places.map(({ x, y }) => `${x.toFixed(2)} ${y.toFixed(2)}`)).size, n);
      t.deepEqual(layout(n, edges), drawn);
    }),
    { numRuns: 40 },
  );
});
