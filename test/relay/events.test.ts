import test from 'ava';
import { WebSocket } from 'ws';
import { InfrastructureError, SessionError } from '../../nodes/errors.ts';
import { connectRelay } from '../../nodes/relay/client.ts';
import { EVENTS_QUEUED_MAX, Events, LISTENERS_MAX } from '../../nodes/relay/events.ts';
import type { RelayEvent, TimedEvent } from '../../nodes/relay-events.ts';
import { wallClock } from '../../nodes/wall.ts';
import { serveFake } from './fake-relay.ts';
import { VirtualClock } from './virtual-clock.ts';

const refused = (port: number): RelayEvent => ({
  kind: 'connection-refused',
  session: 's',
  role: 'exit',
  host: 'bank',
  port,
  reason: 'no',
});

const take = async (events: AsyncIterable<TimedEvent>, count: number): Promise<TimedEvent[]> => {
  const taken: TimedEvent[] = [];
  for await (const event of events) if (taken.push(event) >= count) break;
  return taken;
};

const served = async () => {
  const { relay, server, endpoint } = await serveFake();
  return { relay, server, endpoint, token: endpoint.token, url: `ws://127.0.0.1:${server.apiPort}/v1/events` };
};

/** The first message, or how it was closed. */
const firstOf = (socket: WebSocket): Promise<string> =>
  new Promise((resolve) => {
    socket.once('message', (data) => {
      resolve(JSON.parse(String(data)).kind);
      socket.close();
    });
    socket.once('close', (code) => resolve(`closed ${code}`));
    socket.on('error', () => {});
    socket.once('unexpected-response', (request, response) => {
      resolve(`HTTP ${response.statusCode}`);
      request.destroy();
    });
  });

test('every listener hears every event, in order, from the moment it listens', async (t) => {
  const events = new Events(new VirtualClock());
  events.emit(refused(1));
  const [one, other] = [events.listen(), events.listen()];
  for (const port of [2, 3, 4]) events.emit(refused(port));
  const expected = [2, 3, 4].map((port) => ({ ...refused(port), atMs: 0 }));
  t.deepEqual(await take(one, 3), expected);
  t.deepEqual(await take(other, 3), expected);
  t.false(events.heard, 'those who have left are not told');
});

test('a slow listener is told how many it missed, and costs a bounded queue', async (t) => {
  const events = new Events(new VirtualClock());
  const slow = events.listen();
  for (let port = 0; port < EVENTS_QUEUED_MAX + 7; port++) events.emit(refused(port));
  const heard = await take(slow, EVENTS_QUEUED_MAX + 1);
  t.deepEqual(heard.at(-1), { kind: 'missed', count: 7, atMs: 0 });
  const heavy = events.listen();
  const text = 'x'.repeat(5_000_000);
  for (let index = 0; index < 5; index++) events.emit({ kind: 'message', id: `${index}`, text });
  t.deepEqual((await take(heavy, 4)).at(-1), { kind: 'missed', count: 2, atMs: 0 }, 'three messages of 5 MB fit into 16 MiB');
});

test('no more than so many may listen, and who leaves makes room', (t) => {
  const events = new Events(new VirtualClock());
  const gone = new AbortController();
  for (let index = 0; index < LISTENERS_MAX; index++) events.listen({ signal: gone.signal });
  t.throws(() => events.listen(), { instanceOf: SessionError });
  gone.abort();
  t.notThrows(() => events.listen());
});

test('events cross the WebSocket as they are, and end with the relay', async (t) => {
  const { relay, server, endpoint } = await served();
  const events = await connectRelay(endpoint, wallClock).events();
  for (let port = 0; port < 300; port++) relay.emit(refused(port));
  const heard = await take(events, 300);
  t.deepEqual(
    heard.map((event) => event.kind === 'connection-refused' && event.port),
    Array.from({ length: 300 }, (_, port) => port),
  );
  t.is(typeof heard[0]!.atMs, 'number');
  const until = await connectRelay(endpoint, wallClock).events();
  const ended = take(until, 1);
  await server[Symbol.asyncDispose]();
  t.deepEqual(await ended, []);
  await t.throwsAsync(connectRelay(endpoint, wallClock).events(), { instanceOf: InfrastructureError });
});

test('the token comes by header, subprotocol or first message, and by nothing else', async (t) => {
  const { server, url, endpoint, token } = await served();
  const authorization = `Bearer ${token}`;
  t.is(await firstOf(new WebSocket(url, { headers: { authorization } })), 'listening');
  const bySubprotocol = new WebSocket(url, ['leyden.events', `leyden.token.${token}`]);
  t.is(await firstOf(bySubprotocol), 'listening');
  t.is(bySubprotocol.protocol, 'leyden.events', 'the token is not answered');
  const byMessage = new WebSocket(url);
  byMessage.once('open', () => byMessage.send(JSON.stringify({ token })));
  t.is(await firstOf(byMessage), 'listening');
  const wrong = new WebSocket(url);
  wrong.once('open', () => wrong.send(JSON.stringify({ token: 'guess' })));

  t.is(await firstOf(wrong), 'closed 4401');
  const rubbish = new WebSocket(url);
  rubbish.once('open', () => rubbish.send('{'.repeat(100)));
  t.is(await firstOf(rubbish), 'closed 4401');
  const inUrl = new WebSocket(`${url}?token=${token}`);
  inUrl.once('open', () => inUrl.send('{}'));
  t.is(await firstOf(inUrl), 'closed 4401');
  t.is(await firstOf(new WebSocket(url, { headers: { authorization }, origin: 'https://shop.example' })), 'HTTP 403');
  t.is(await firstOf(new WebSocket(url, { headers: { authorization, host: 'rebound.example' } })), 'HTTP 421');
  t.is(await firstOf(new WebSocket(url.replace('events', 'ledger'))), 'HTTP 401');
  t.is((await fetch(new URL('/v1/events', endpoint.apiUrl), { headers: { authorization } })).status, 426);
  await server[Symbol.asyncDispose]();
});
