/** The proxy's HTTP, in this process: what the bench asks for by name is done to that end of the edge. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { controlServer } from '../../nodes/docker/proxy/control.ts';
import { listenTo, type Proxied, proxied, settle } from './proxied.ts';

const TOKEN = 'token';

const controlled = async (link: Proxied) => {
  const server = controlServer([link.edge], TOKEN).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    async cut(body: unknown): Promise<Response> {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cut`;
      return fetch(url, { method: 'POST', headers: { authorization: `Bearer ${TOKEN}` }, body: JSON.stringify(body) });
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
};

for (const [told, left] of [
  ['n0', 'n1'],
  ['n1', 'n0'],
] as const)
  test(`of a half-open cut of ${told} and ${left} the one that is named first is told`, async (t) => {
    await using link = await proxied();
    await using control = await controlled(link);
    const near = await link.dial();
    const heard = { n0: listenTo(near), n1: listenTo(link.accepted[0]!) };
    t.is((await control.cut({ a: told, b: left, how: 'half-open' })).status, 200);
    await settle();
    t.true(heard[told].reset);
    t.false(heard[left].reset || heard[left].ended);
  });

test('a cut in a word that is none is refused with those that are', async (t) => {
  await using link = await proxied();
  await using control = await controlled(link);
  const answer = await control.cut({ a: 'n0', b: 'n1', how: 'gently' });
  t.is(answer.status, 400);
  t.deepEqual(await answer.json(), { error: 'expected how: blackhole, reset, half-open' });
});
