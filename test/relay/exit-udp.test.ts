/** UDP at an exit, between two sessions in virtual time: what opens a flow, what ends it, and how many there may be. */
import test from 'ava';
import { Ending } from '../../nodes/ending.ts';
import { RefusedError, SessionError } from '../../nodes/errors.ts';
import type { RelayEnvironment, UdpFlow } from '../../nodes/node.ts';
import { allowlist } from '../../nodes/relay/exit/allow.ts';
import { UDP_FLOWS_PER_SESSION_MAX, UDP_IDLE_MS, udpService } from '../../nodes/relay/exit/udp.ts';
import { acceptServices } from '../../nodes/relay/services.ts';
import type { Accept } from '../../nodes/relay/session/session.ts';
import { type Drop, openUdp } from '../../nodes/relay/udp/open.ts';
import { sessionPair } from './session-pair.ts';
import type { VirtualClock } from './virtual-clock.ts';

interface FakeSocket extends UdpFlow {
  readonly address: string;
  readonly port: number;
  readonly got: string[];
  hear(bytes: Uint8Array): void;
  readonly ending: Ending;
}

const fakeSocket = (address: string, port: number): FakeSocket => {
  const ending = new Ending();
  let listener: (bytes: Uint8Array) => void = () => {};
  const got: string[] = [];
  return {
    address,
    port,
    got,
    ending,
    bytesMax: 65_507,
    send: (bytes) => got.push(Buffer.from(bytes).toString()) > 0,
    onDatagram: (hear) => {
      listener = hear;
    },
    hear: (bytes) => listener(bytes),
    onClosed: (ended) => ending.onEnd(ended),
    close: () => ending.end(new SessionError('closed')),
  };
};

const pair = (allow: string[], names: Record<string, string[]> = {}) => {
  const sockets: FakeSocket[] = [];
  let accept: Accept = () => {};
  const sessions = sessionPair('peer-message', { accept: (stream, host, port, session) => accept(stream, host, port, session) });
  const environment = {
    clock: sessions.clock,
    resolve: async (host: string) => names[host] ?? [],
    dialUdp: async (address: string, port: number) => {
      const socket = fakeSocket(address, port);
      sockets.push(socket);
      return socket;
    },
    log: () => {},
  } as unknown as RelayEnvironment;
  const service = udpService({ environment, allowed: allowlist(allow), signal: new AbortController().signal });
  accept = acceptServices(new Map([['udp', service]]), (stream) => stream.refuse('no TCP here'));
  return { ...sessions, sockets };
};

const settle = (clock: VirtualClock) => clock.run(clock.sleep(500));

test('datagrams pass both ways between a flow and the one socket that the exit opened for it', async (t) => {
  const { clock, client, sockets } = pair(['udp/shop=10.0.0.9:53']);
  const flow = await clock.run(openUdp(client, 'shop', 53));
  const heard: string[] = [];
  flow.onDatagram((bytes) => heard.push(Buffer.from(bytes).toString()));
  t.true(flow.send(Buffer.from('question')));
  await settle(clock);
  const [socket] = sockets as [FakeSocket];
  t.deepEqual([socket.address, socket.port, socket.got], ['10.0.0.9', 53, ['question']]);
  socket.hear(Buffer.from('answer'));
  await settle(clock);
  t.deepEqual(heard, ['answer']);
  flow.close();
  await settle(clock);
  t.true(socket.ending.ended, 'the exit closes its socket with the flow');
  t.false(flow.send(Buffer.from('late')));
});

test('a datagram that is too long for the carrier is dropped by name, told once', async (t) => {
  const { clock, client, sockets } = pair(['udp/shop=10.0.0.9:53']);
  const drops: Drop[] = [];
  const flow = await clock.run(openUdp(client, 'shop', 53, {}, (drop) => drops.push(drop)));
  const limitBytes = flow.bytesMax;
  for (let count = 0; count < 3; count++) t.false(flow.send(Buffer.alloc(limitBytes + 1)));
  t.true(flow.send(Buffer.alloc(limitBytes)));
  t.deepEqual(drops, [{ reason: 'too-long', bytes: limitBytes + 1, limitBytes }]);
  t.is(client.stats().datagramsDropped, 3, 'and counted each time');
  await settle(clock);
  t.is(sockets[0]!.got.length, 1);
});

test('UDP is refused where the list has TCP only, and TCP where it has UDP only', async (t) => {
  const { clock, client, sockets } = pair(['shop=10.0.0.9:80', 'udp/shop=10.0.0.9:53']);
  const refused = await t.throwsAsync(clock.run(openUdp(client, 'shop', 80)), { instanceOf: RefusedError });
  t.is(refused.message, "not allowed: udp/shop:80 is not on the exit's allowlist");
  await t.throwsAsync(clock.run(openUdp(client, '10.0.0.9', 53)), { instanceOf: RefusedError }, 'the address itself was not listed');
  t.is(sockets.length, 0);
});

test('the address that was checked is the one that is dialled, however the name is answered later', async (t) => {
  const names = { 'rebinding.example': ['93.184.215.14'] };
  const { clock, client, sockets } = pair(['udp/rebinding.example:53'], names);
  const opening = openUdp(client, 'rebinding.example', 53);
  await clock.run(opening);
  names['rebinding.example'] = ['127.0.0.1'];
  t.is(sockets[0]!.address, '93.184.215.14');
  await t.throwsAsync(clock.run(openUdp(client, 'rebinding.example', 53)), { message: /not public/ });
  t.is(sockets.length, 1);
});

test('a flow on which the client is silent for two minutes is closed, whatever comes from outside', async (t) => {
  const { clock, client, sockets } = pair(['udp/shop=10.0.0.9:53']);
  const flow = await clock.run(openUdp(client, 'shop', 53));
  let closed: Error | undefined;
  flow.onClosed((reason) => {
    closed = reason;
  });
  await clock.run(clock.sleep(UDP_IDLE_MS - 10_000));
  flow.send(Buffer.from('still here'));
  await clock.run(clock.sleep(UDP_IDLE_MS - 10_000));
  t.is(closed, undefined);
  sockets[0]!.hear(Buffer.from('from outside'));
  await clock.run(clock.sleep(20_000));
  t.true(closed instanceof Error);
  t.true(sockets[0]!.ending.ended);
});

test('flows are bounded: one more is refused by name, and one that ends makes room', async (t) => {
  const { clock, client, sockets } = pair(['udp/10.0.0.0/8:*']);
  const flows = await clock.run(
    Promise.all(Array.from({ length: UDP_FLOWS_PER_SESSION_MAX }, (_, index) => openUdp(client, '10.0.0.9', 1_000 + index))),
  );
  const refused = await t.throwsAsync(clock.run(openUdp(client, '10.0.0.9', 53)), { instanceOf: RefusedError });
  t.regex(refused.message, /too many UDP flows/);
  flows[0]!.close();
  await settle(clock);
  await clock.run(openUdp(client, '10.0.0.9', 53));
  t.is(sockets.length, UDP_FLOWS_PER_SESSION_MAX + 1);
});

test('with the session every socket of its flows goes', async (t) => {
  const { clock, client, sockets } = pair(['udp/10.0.0.0/8:*']);
  await clock.run(Promise.all([openUdp(client, '10.0.0.9', 1), openUdp(client, '10.0.0.9', 2)]));
  await clock.run(client.close());
  await settle(clock);
  t.true(sockets.every(({ ending }) => ending.ended));
});

test('what no client of ours asks for is refused, and so is a service that is not there', async (t) => {
  const { clock, client } = pair(['udp/10.0.0.0/8:*']);
  for (const name of [
    'udp',
    'udp/',
    'udp/1/53',
    'udp/x/53/a',
    'udp/16384/53/10.0.0.9',
    'udp/1/0/10.0.0.9',
    'udp/1/65536/10.0.0.9',
    'dns/1',
    '/',
  ])
    await t.throwsAsync(clock.run(client.connect(name, 0)), { instanceOf: RefusedError }, name);
});
