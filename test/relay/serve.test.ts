import { connect } from 'node:net';
import test from 'ava';
import { FeeLimitError, InfrastructureError, PayloadTooLargeError, RefusedError, SessionError } from '../../nodes/errors.ts';
import { FAKE_KEY as EXIT, FAKE_SESSION as ID, serveFake as served } from './fake-relay.ts';
import { readAll } from './session-pair.ts';

test('a client of a served relay sees what a client in its process sees', async (t) => {
  const { relay, server, client } = await served();
  const session = await client.openSession({ exit: EXIT, carrier: 'peer-message' });
  t.is(session.id, ID);
  t.is(session.hops, 5);
  t.is(await session.ping(), 12.5);
  t.is((await session.stats()).unitsLost, 3);
  t.deepEqual((await client.receivedUnits('any')).latencyMs, [5.5]);
  t.is((await client.ledger()).htlcsSettled, 4);
  const stream = await session.connect('echo', 80);
  stream.end(Buffer.alloc(300_000, 7));
  t.is((await readAll(stream)).length, 300_000, 'our end passes, and the answer comes after it');
  await session[Symbol.asyncDispose]();
  t.is(relay.closed, 1);
  await t.throwsAsync(session.ping(), { instanceOf: SessionError });
  await server[Symbol.asyncDispose]();
});

test('errors keep their name, message and hint on the way', async (t) => {
  const { server, client } = await served();
  const session = await client.openSession({ exit: EXIT, carrier: 'keysend' });
  const spent = await t.throwsAsync(client.openSession({ exit: EXIT, carrier: 'keysend' }), { instanceOf: FeeLimitError });
  t.is(spent.hint, 'more');
  const large = await t.throwsAsync(client.sendUnits({ id: 'x', to: EXIT, carrier: 'peer-message', count: 1 }), {
    instanceOf: PayloadTooLargeError,
  });
  t.is(large.limitBytes, 65_528);
  t.is(
    (await t.throwsAsync(session.connect('bank', 443), { instanceOf: RefusedError })).message,
    'not allowed: bank:443 is not on the list',
  );
  t.regex((await t.throwsAsync(session.connect('down', 80), { instanceOf: RefusedError })).message, /cannot be reached/);
  await t.throwsAsync(session.connect('0:0::1', 80), { instanceOf: RefusedError });
  await server[Symbol.asyncDispose]();
  await t.throwsAsync(client.ledger(), { instanceOf: InfrastructureError });
});

test('the API wants the token and understands no other words than its own', async (t) => {
  const { server, endpoint } = await served();
  const ask = (path: string, init: RequestInit = {}, token = endpoint.token) =>
    fetch(new URL(path, endpoint.apiUrl), { ...init, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } });
  t.is((await ask('/v1/node', {}, 'wrong')).status, 401);
  t.is((await fetch(new URL('/v1/node', endpoint.apiUrl))).status, 401);
  t.deepEqual(await (await ask('/v1/node')).json(), { node: 'n0', publicKey: EXIT });
  for (const body of [
    '{',
    '{}',
    '[]',
    JSON.stringify({ exit: 'me', carrier: 'keysend' }),
    JSON.stringify({ exit: EXIT, carrier: 'pigeon' }),
  ])
    t.is((await ask('/v1/sessions', { method: 'POST', body })).status, 400, body);
  const large = JSON.stringify({ exit: EXIT, carrier: 'keysend', more: 'x'.repeat(20_000) });
  t.is((await ask('/v1/sessions', { method: 'POST', body: large })).status, 413);
  await server[Symbol.asyncDispose]();
});

test('SOCKS5 answers with the replies of RFC 1928', async (t) => {
  const { server, client, endpoint } = await served();
  await client.openSession({ exit: EXIT, carrier: 'peer-message' });
  const user = (id: string) => Buffer.concat([Buffer.of(5, 1, 2), Buffer.of(1, id.length), Buffer.from(id), Buffer.of(0)]);
  const domain = (host: string, command = 1) =>
    Buffer.concat([Buffer.of(5, command, 0, 3, host.length), Buffer.from(host), Buffer.of(0, 80)]);
  const reply = async (...parts: Buffer[]): Promise<number[]> => {
    const socket = connect(endpoint.socksPort, '127.0.0.1');
    for (const part of parts) socket.write(part);
    const chunks: Buffer[] = [];
    await new Promise<void>((resolve) => {
      socket.on('data', (chunk) => chunks.push(chunk) && Buffer.concat(chunks).length >= 14 && resolve());
      socket.on('close', () => resolve());
      socket.on('error', () => resolve());
    });
    socket.destroy();
    return [...Buffer.concat(chunks)];
  };
  const answer = (code: number) => [5, 2, 1, 0, 5, code, 0, 1, 0, 0, 0, 0, 0, 0];
  t.deepEqual(await reply(user(ID), domain('echo')), answer(0));
  t.deepEqual(await reply(user(ID), Buffer.of(5, 1, 0, 1, 10, 0, 0, 1, 0, 80)), answer(0));
  t.deepEqual(await reply(user(ID), domain('bank')), answer(2), 'not allowed by ruleset');
  t.deepEqual(await reply(user(ID), domain('down')), answer(5), 'connection refused');
  t.deepEqual(await reply(user(ID), domain('echo', 2)), answer(7), 'BIND is not served');
  t.deepEqual(await reply(user(ID), Buffer.of(5, 1, 0, 9, 0, 0)), answer(8));
  t.deepEqual(await reply(user('nobody'), domain('echo')), answer(1));
  t.deepEqual(await reply(Buffer.of(5, 1, 0), domain('echo')), [5, 0, 5, 1, 0, 1, 0, 0, 0, 0, 0, 0], 'no user, and no session by default');
  t.deepEqual(await reply(Buffer.of(4, 1, 0, 80)), []);
  t.deepEqual(await reply(Buffer.of(5, 1, 7)), [5, 255]);
  await server[Symbol.asyncDispose]();
});
