import test from 'ava';
import { Cache } from '../../nodes/relay/pages/cache.ts';
import { sha256 } from '../../nodes/relay/pages/tree.ts';
import { memoryShelf } from '../../nodes/shelf.ts';
import { noise } from './line.ts';

const chunk = (name: string) => noise(name, 1_000);

test('a cache holds no more than its bound, and lets go first of what was used longest ago', async (t) => {
  const shelf = memoryShelf();
  const cache = await Cache.open(shelf, 5_000);
  for (const name of ['a', 'b', 'c', 'd', 'e']) await cache.put(sha256(chunk(name)), chunk(name));
  t.truthy(await cache.get(sha256(chunk('a'))));
  for (const name of ['f', 'g']) await cache.put(sha256(chunk(name)), chunk(name));
  const there = await Promise.all(
    ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(async (name) => ((await cache.get(sha256(chunk(name)))) ? name : '')),
  );
  t.is(there.join(''), 'adefg');
  t.is(cache.bytes, 5_000);
  t.is((await shelf.list('cache')).length, 5);
  const smaller = await Cache.open(shelf, 2_000);
  t.is(smaller.bytes, 2_000, 'also when it is opened again with less');
  await smaller.put(sha256(chunk('large')), Buffer.alloc(3_000));
  t.is(smaller.bytes, 2_000, 'what is larger than all of it is not kept');
});
