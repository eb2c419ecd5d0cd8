/** SOCKS5's UDP ASSOCIATE over loopback, in front of a relay whose every flow echoes; and the header of its datagrams. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import { SocksClient } from 'socks';
import { Ending } from '../../nodes/ending.ts';
import { RefusedError, SessionError } from '../../nodes/errors.ts';
import type { RelayClient, RelaySession, UdpFlow } from '../../nodes/node.ts';
import { connectRelay } from '../../nodes/relay/client.ts';
import { serveRelay } from '../../nodes/relay/serve/serve.ts';
import { datagramBytes, readDatagram } from '../../nodes/relay/serve/socks-datagram.ts';
import { FrameError } from '../../nodes/relay/wire/bytes.ts';
import { wallClock } from '../../nodes/wall.ts';
import { FAKE_KEY, fakeRelay } from './fake-relay.ts';

const BYTES_MAX = 950;

/** Says its name before what it got, so that a test sees whose session a datagram took. */
const echoFlow = (says: string): UdpFlow => {
  const ending = new Ending();
  let hear: (bytes: Uint8Array) => void = () => {};
  return {
    bytesMax: BYTES_MAX,
    send(bytes) {
      if (bytes.length > BYTES_MAX) return false;
      setImmediate(() => hear(Buffer.concat([Buffer.from(says), bytes])));
      return true;
    },
    onDatagram(listener) {
      hear = listener;
    },
    onClosed: (listener) => ending.onEnd(listener),
    close: () => ending.end(new SessionError('closed')),
  };
};

/** Any number of sessions, s1, s2 …; bank is refused. */
const relay = (): RelayClient & { readonly flows: string[] } => {
  let sessions = 0;
  const flows: string[] = [];
  return {
    ...fakeRelay(),
    flows,
    async openSession(): Promise<RelaySession> {
      const id = `s${++sessions}`;
      const session = await fakeRelay().openSession({ exit: FAKE_KEY, carrier: 'peer-message' });
      return {
        ...session,
        id,
        async openUdp(host, port) {
          flows.push(`${id} ${host}:${port}`);
          if (host === 'bank') throw new RefusedError('not allowed: udp/bank:53');
          return echoFlow(`${id} `);
        },
        [Symbol.asyncDispose]: async () => {},
      };
    },
  };
};

const served = async () => {
  const token = 'a'.repeat(64);
  const engine = relay();
  const ports = { apiPort: 0, socksPort: 0, socksUdpPort: 0 };
  const nodeKey = async () => FAKE_KEY;
  const server = await serveRelay(engine, { host: '127.0.0.1', ...ports, onDemand: 'token', nodeKey, token, clock: wallClock });
  const endpoint = {
    node: 'n0',
    publicKey: FAKE_KEY,
    apiUrl: `http://127.0.0.1:${server.apiPort}`,
    socksHost: '127.0.0.1',
    socksPort: server.socksPort,
    socksUdpPort: server.socksUdpPort,
    token,
  };
  const stats = async () => {
    const answer = await fetch(new URL('/v1/socks', endpoint.apiUrl), { headers: { authorization: `Bearer ${token}` } });
    return (await answer.json()) as { udp: { associations: number; sent: number; dropped: Record<string, number> } };
  };
  return { engine, server, endpoint, token, stats, client: connectRelay(endpoint, wallClock) };
};

const associate = (port: number, user: string, announced = 0): Promise<{ control: Socket; udpPort: number }> =>
  new Promise((resolve, reject) => {
    const client = new SocksClient({
      command: 'associate',
      proxy: { type: 5, host: '127.0.0.1', port, userId: user, password: 'x' },
      destination: { host: '0.0.0.0', port: announced },
    });
    client.once('established', ({ socket, remoteHost }) => {
      socket.resume();
      resolve({ control: socket as Socket, udpPort: remoteHost!.port });
    });
    client.once('error', reject);
    client.connect();
  });

const udpSocket = async (): Promise<UdpSocket> => {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
};

const ask = async (socket: UdpSocket, port: number, text: string, host = 'dns', to = 53): Promise<string> => {
  socket.send(datagramBytes({ host, port: to, data: Buffer.from(text) }), port, '127.0.0.1');
  const [bytes] = (await once(socket, 'message')) as [Buffer];
  const answer = readDatagram(bytes);
  return `${answer.host}:${answer.port} ${Buffer.from(answer.data)}`;
};

test('a datagram goes out and its answer comes back with the target in its header', async (t) => {
  const { client, server, endpoint } = await served();
  await client.openSession({ exit: FAKE_KEY, carrier: 'peer-message' });
  const { control, udpPort } = await associate(endpoint.socksPort, 's1');
  t.is(udpPort, server.socksUdpPort, 'the reply names the one UDP port');
  const socket = await udpSocket();
  t.is(await ask(socket, udpPort, 'hello'), 'dns:53 s1 hello');
  t.is(await ask(socket, udpPort, 'hello', '192.0.2.7', 5353), '192.0.2.7:5353 s1 hello');
  t.is(await ask(socket, udpPort, 'hello', '2001:db8::7', 5353), '2001:db8::7:5353 s1 hello');
  socket.close();
  control.destroy();
  await server[Symbol.asyncDispose]();
});

test('clients on one port are told apart by where they send from, and each keeps its own session', async (t) => {
  const { client, server, endpoint, stats } = await served();
  for (let count = 0; count < 3; count++) await client.openSession({ exit: FAKE_KEY, carrier: 'peer-message' });
  const [a, b, c] = [await udpSocket(), await udpSocket(), await udpSocket()];
  const first = await associate(endpoint.socksPort, 's1');
  const announced = await associate(endpoint.socksPort, 's2', b.address().port);
  t.is(await ask(b, first.udpPort, 'b'), 'dns:53 s2 b', 'the port that was announced');
  t.is(await ask(a, first.udpPort, 'a'), 'dns:53 s1 a', 'the oldest that is not taken');
  const third = await associate(endpoint.socksPort, 's3');
  t.is(await ask(c, first.udpPort, 'c'), 'dns:53 s3 c');
  t.is(await ask(a, first.udpPort, 'again'), 'dns:53 s1 again');
  t.is((await stats()).udp.associations, 3);
  for (const { control } of [first, announced, third]) control.destroy();
  for (const socket of [a, b, c]) socket.close();
  await server[Symbol.asyncDispose]();
});

test('what is a fragment, too long, refused or nobody’s is dropped under its own name, and the association goes on', async (t) => {
  const { client, engine, server, endpoint, stats } = await served();
  const session = await client.openSession({ exit: FAKE_KEY, carrier: 'peer-message' });
  const [mine, strange] = [await udpSocket(), await udpSocket()];
  const { control, udpPort } = await associate(endpoint.socksPort, 's1');
  t.is(await ask(mine, udpPort, 'one'), 'dns:53 s1 one');
  strange.send(datagramBytes({ host: 'dns', port: 53, data: Buffer.from('x') }), udpPort, '127.0.0.1');
  mine.send(Buffer.of(0, 0, 1, 1, 192, 0, 2, 7, 0, 53, 1), udpPort, '127.0.0.1');
  mine.send(Buffer.of(0, 0), udpPort, '127.0.0.1');
  mine.send(datagramBytes({ host: 'dns', port: 53, data: Buffer.alloc(BYTES_MAX + 1) }), udpPort, '127.0.0.1');
  mine.send(datagramBytes({ host: 'bank', port: 53, data: Buffer.from('x') }), udpPort, '127.0.0.1');
  t.is(await ask(mine, udpPort, 'two'), 'dns:53 s1 two');
  mine.send(datagramBytes({ host: 'bank', port: 53, data: Buffer.from('x') }), udpPort, '127.0.0.1');
  t.is(await ask(mine, udpPort, 'three'), 'dns:53 s1 three');
  t.deepEqual((await stats()).udp.dropped, { tooLong: 1, noRoom: 0, refused: 2, unknownSource: 1, malformed: 2 });
  t.deepEqual(engine.flows, ['s1 dns:53', 's1 bank:53'], 'what was refused is not asked for again at once');
  const failures = await fetch(new URL(`/v1/sessions/${session.id}/failures`, endpoint.apiUrl), {
    headers: { authorization: `Bearer ${endpoint.token}` },
  });
  t.deepEqual(await failures.json(), [{ host: 'bank', port: 53, error: 'RefusedError', message: 'not allowed: udp/bank:53' }]);
  control.destroy();
  mine.close();
  strange.close();
  await server[Symbol.asyncDispose]();
});

test('an association ends with the connection that asked for it', async (t) => {
  const { client, server, endpoint, stats } = await served();
  await client.openSession({ exit: FAKE_KEY, carrier: 'peer-message' });
  const { control, udpPort } = await associate(endpoint.socksPort, 's1');
  const socket = await udpSocket();
  await ask(socket, udpPort, 'hello');
  control.end();
  await once(control, 'close');
  t.is((await stats()).udp.associations, 0);
  socket.close();
  await server[Symbol.asyncDispose]();
});

test('a client in another process opens UDP flows as one in the engine’s does', async (t) => {
  const { client, server } = await served();
  const session = await client.openSession({ exit: FAKE_KEY, carrier: 'peer-message' });
  const flow = await session.openUdp('dns', 53);
  t.is(flow.bytesMax, BYTES_MAX);
  const heard = new Promise<string>((resolve) => flow.onDatagram((bytes) => resolve(Buffer.from(bytes).toString())));
  t.true(flow.send(Buffer.from('hello')));
  t.is(await heard, 's1 hello');
  t.false(flow.send(Buffer.alloc(BYTES_MAX + 1)));
  await t.throwsAsync(session.openUdp('bank', 53), { instanceOf: RefusedError, message: /not allowed/ });
  const closed = new Promise<Error>((resolve) => flow.onClosed(resolve));
  flow.close();
  t.true((await closed) instanceof SessionError);
  await server[Symbol.asyncDispose]();
});

test('a user name that is an exit and a carrier has its session opened once, for who gives the token', async (t) => {
  const { server, endpoint, token } = await served();
  const reply = async (user: string, password: string): Promise<number> => {
    const text = (value: string) => Buffer.concat([Buffer.of(value.length), Buffer.from(value)]);
    const socket = connect(endpoint.socksPort, '127.0.0.1');
    socket.write(Buffer.concat([Buffer.of(5, 1, 2, 1), text(user), text(password)]));
    socket.write(Buffer.concat([Buffer.of(5, 1, 0, 3), text('shop'), Buffer.of(0, 80)]));
    const chunks: Buffer[] = [];
    await new Promise<void>((resolve) => {
      socket.on('data', (chunk) => chunks.push(chunk) && Buffer.concat(chunks).length >= 14 && resolve());
      socket.on('close', () => resolve());
    });
    socket.destroy();
    return Buffer.concat(chunks)[5] as number;
  };
  t.is(await reply('n5.peer-message', 'x'), 2, 'not allowed without the token');
  t.is(await reply('n5.peer-message', token), 0);
  t.is(await reply('n5.peer-message', token), 0);
  t.is(await reply(`${FAKE_KEY}.keysend`, token), 0);
  t.is(await reply('n5.pigeon', token), 1);
  t.is(await reply('nobody', token), 1);
  const socks = await fetch(new URL('/v1/socks', endpoint.apiUrl), { headers: { authorization: `Bearer ${token}` } });
  const { onDemand } = (await socks.json()) as { onDemand: { name: string; session: string }[] };
  t.deepEqual(
    onDemand.map(({ name, session }) => [name, session]),
    [
      ['n5.peer-message', 's1'],
      [`${FAKE_KEY}.keysend`, 's2'],
    ],
  );
  await server[Symbol.asyncDispose]();
});

const HOST = fc.oneof(
  fc.ipV4(),
  fc.constant('2001:db8::1'),
  fc.string({ minLength: 1, maxLength: 60, unit: 'binary-ascii' }).filter((host) => !host.includes(':') && !/^[\d.]+$/.test(host)),
);

test('the header of a datagram reads as it was written, and rubbish is a FrameError', (t) => {
  fc.assert(
    fc.property(HOST, fc.integer({ min: 1, max: 65_535 }), fc.uint8Array({ maxLength: 100 }), (host, port, data) => {
      const read = readDatagram(datagramBytes({ host, port, data }));
      t.deepEqual([read.host, read.port, [...read.data]], [host, port, [...data]]);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        readDatagram(bytes);
      } catch (error) {
        t.true(error instanceof FrameError);
      }
    }),
    { numRuns: 2_000 },
  );
});
