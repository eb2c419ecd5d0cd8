/** TCP forwards over loopback, in front of a relay that echoes at echo:80 and refuses bank. */
import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'ava';
import { serveRelay } from '../../nodes/relay/serve/serve.ts';
import { wallClock } from '../../nodes/wall.ts';
import { FAKE_KEY, FAKE_SESSION, fakeRelay } from './fake-relay.ts';
import { readAll } from './session-pair.ts';

const served = async () => {
  const token = 'a'.repeat(64);
  const ports = { apiPort: 0, socksPort: 0, socksUdpPort: 0 };
  const nodeKey = async () => FAKE_KEY;
  const server = await serveRelay(fakeRelay(), { host: '127.0.0.1', ...ports, onDemand: 'token', nodeKey, token, clock: wallClock });
  const ask = async (method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) };
    const url = `http://127.0.0.1:${server.apiPort}${path}`;
    const answer = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    return { status: answer.status, body: (await answer.json()) as never };
  };
  await ask('POST', '/v1/sessions', { exit: FAKE_KEY, carrier: 'peer-message' });
  const forward = async (host: string) =>
    (await ask('POST', '/v1/forwards', { session: FAKE_SESSION, listen: 0, host, port: 80 })).body as { id: string; listen: number };
  return { server, ask, forward };
};

test('what connects to the port comes out at the exit, and each direction ends on its own', async (t) => {
  const { server, ask, forward } = await served();
  const { id, listen } = await forward('echo');
  const socket = connect({ port: listen, host: '127.0.0.1', allowHalfOpen: true });
  socket.end(Buffer.alloc(200_000, 7));
  t.is((await readAll(socket)).length, 200_000);
  const listed = (await ask('GET', '/v1/forwards')).body as { id: string; host: string }[];
  t.deepEqual(
    listed.map((one) => [one.id, one.host]),
    [[id, 'echo']],
  );
  await server[Symbol.asyncDispose]();
});

test('a target that the exit refuses resets the connection, and the session knows why', async (t) => {
  const { server, ask, forward } = await served();
  const { listen } = await forward('bank');
  const socket = connect(listen, '127.0.0.1');
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  t.is(error.code, 'ECONNRESET');
  const failures = (await ask('GET', `/v1/sessions/${FAKE_SESSION}/failures`)).body as { message: string }[];
  t.regex(failures[0]!.message, /not allowed/);
  await server[Symbol.asyncDispose]();
});

test('a forward that is deleted takes its connections with it, and its port is free again', async (t) => {
  const { server, ask, forward } = await served();
  const { id, listen } = await forward('echo');
  const socket = connect(listen, '127.0.0.1');
  socket.on('error', () => {});
  socket.write('hello');
  await once(socket, 'data');
  const closed = once(socket, 'close');
  t.is((await ask('DELETE', `/v1/forwards/${id}`)).status, 200);
  await closed;
  t.is((await ask('DELETE', `/v1/forwards/${id}`)).status, 409);
  const again = await ask('POST', '/v1/forwards', { session: FAKE_SESSION, listen, host: 'echo', port: 80 });
  t.is(again.status, 200);
  t.is((await ask('POST', '/v1/forwards', { session: FAKE_SESSION, listen, host: 'echo', port: 80 })).status, 409, 'taken');
  t.is((await ask('POST', '/v1/forwards', { session: 'nobody', listen: 0, host: 'echo', port: 80 })).status, 409);
  await server[Symbol.asyncDispose]();
});
