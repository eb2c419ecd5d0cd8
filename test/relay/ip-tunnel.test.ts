/** IP through a session in virtual time: whose packets pass, what happens to the others, and how tunnels begin and end. */
import test from 'ava';
import fc from 'fast-check';
import { RefusedError } from '../../nodes/errors.ts';
import { addressNumber, addressText, checksum, echoPacket, packetEnds, readEcho, tooLongAnswer } from '../../nodes/ipv4.ts';
import type { PacketPort } from '../../nodes/node.ts';
import type { CarrierKind } from '../../nodes/plan.ts';
import { openIp } from '../../nodes/relay/ip/open.ts';
import { tunService } from '../../nodes/relay/ip/service.ts';
import { isHost, readTunnelAddress } from '../../nodes/relay/ip/subnet.ts';
import { TunnelEnd } from '../../nodes/relay/ip/tunnel-end.ts';
import { acceptServices } from '../../nodes/relay/services.ts';
import { sessionPair } from './session-pair.ts';
import type { VirtualClock } from './virtual-clock.ts';

interface Machine extends PacketPort {
  readonly got: Buffer[];
  /** Its kernel sends a packet. */
  emit(packet: Uint8Array): void;
}

const machine = (address: string): Machine => {
  const got: Buffer[] = [];
  let emit: (packet: Uint8Array) => void = () => {};
  return {
    address,
    got,
    emit: (packet) => emit(packet),
    send: (packet) => got.push(Buffer.from(packet)) > 0,
    onPacket: (listener) => {
      emit = listener;
    },
  };
};

const packet = (source: string, destination: string, bytes = 40): Buffer =>
  echoPacket({
    source: addressNumber(source) as number,
    destination: addressNumber(destination) as number,
    kind: 'request',
    id: 1,
    sequence: 2,
    data: new Uint8Array(bytes),
  });

const joined = (carrier: CarrierKind = 'peer-message', nearAddress = '10.77.0.1/24', farAddress = '10.77.0.2/24') => {
  const [near, far] = [machine(nearAddress), machine(farAddress)];
  const [nearEnd, farEnd] = [new TunnelEnd(near), new TunnelEnd(far)];
  const services = new Map([['tun', tunService(farEnd, () => {})]]);
  const sessions = sessionPair(carrier, { accept: acceptServices(services, (stream) => stream.refuse('no TCP here')) });
  return { ...sessions, near, far, nearEnd, farEnd };
};

const settle = (clock: VirtualClock) => clock.run(clock.sleep(500));

test('packets of the two machines pass, each to the other', async (t) => {
  const { clock, client, near, far, nearEnd } = joined();
  const tunnel = await clock.run(openIp(client, nearEnd));
  t.is(tunnel.mtu, 1_500);
  t.is(tunnel.address, '10.77.0.1/24');
  const [there, back] = [packet('10.77.0.1', '10.77.0.2', 1_400), packet('10.77.0.2', '10.77.0.1', 3)];
  near.emit(there);
  far.emit(back);
  await settle(clock);
  t.deepEqual(far.got, [there]);
  t.deepEqual(near.got, [back]);
  t.like(await tunnel.stats(), { packetsOut: 1, packetsIn: 1, droppedForeign: 0 });
});

test('nobody speaks in another’s name, and nothing beyond the other end is reached', async (t) => {
  const { clock, client, near, far, nearEnd } = joined();
  const tunnel = await clock.run(openIp(client, nearEnd));
  const strangers = [
    packet('10.77.0.3', '10.77.0.2'),
    packet('192.168.1.1', '10.77.0.2'),
    packet('10.77.0.1', '10.77.0.255'),
    packet('10.77.0.1', '10.77.0.0'),
    packet('10.77.0.1', '169.254.169.254'),
    packet('10.77.0.1', '172.17.0.1'),
    packet('10.77.0.1', '8.8.8.8'),
    packet('10.77.0.1', '224.0.0.1'),
  ];
  for (const stranger of strangers) near.emit(stranger);
  t.is((await tunnel.stats()).droppedForeign, strangers.length, 'at the client’s relay already');
  // A client that is not ours sends what it likes: the exit looks for itself.
  for (const stranger of [
    ...strangers,
    packet('10.77.0.1', '10.77.0.9'),
    packet('10.77.0.2', '10.77.0.2'),
    Buffer.of(0x60, 1, 2),
    Buffer.alloc(0),
  ])
    client.sendDatagram(0, stranger);
  await settle(clock);
  t.deepEqual(far.got, []);
  for (const stranger of [packet('8.8.8.8', '10.77.0.1'), packet('10.77.0.2', '10.77.0.9')]) far.emit(stranger);
  await settle(clock);
  t.deepEqual(near.got, []);
});

test('a packet that is too long is dropped, and its sender is told by ICMP how long one may be', async (t) => {
  const { clock, client, near, far, nearEnd } = joined('keysend');
  const tunnel = await clock.run(openIp(client, nearEnd));
  t.true(tunnel.mtu >= 900 && tunnel.mtu < 1_003, `${tunnel.mtu}`);
  const long = packet('10.77.0.1', '10.77.0.2', tunnel.mtu - 27);
  t.is(long.length, tunnel.mtu + 1);
  near.emit(long);
  near.emit(packet('10.77.0.1', '10.77.0.2', tunnel.mtu - 28));
  await settle(clock);
  await settle(clock);
  t.deepEqual(
    far.got.map(({ length }) => length),
    [tunnel.mtu],
  );
  const [answer] = near.got as [Buffer];
  t.deepEqual([answer[20], answer[21], answer.readUInt16BE(26)], [3, 4, tunnel.mtu], 'RFC 1191 §4');
  t.deepEqual(packetEnds(answer), { source: addressNumber('10.77.0.2'), destination: addressNumber('10.77.0.1') });
  t.is((await tunnel.stats()).droppedTooLong, 1);
});

test('a machine has one tunnel out; an address of the subnet has one client, until its tunnel ends', async (t) => {
  const { clock, client, far, farEnd, nearEnd } = joined();
  const tunnel = await clock.run(openIp(client, nearEnd));
  await t.throwsAsync(clock.run(openIp(client, nearEnd)), { instanceOf: RefusedError, message: /another tunnel/ });
  const twin = new TunnelEnd(machine('10.77.0.1/24'));
  await t.throwsAsync(clock.run(openIp(client, twin)), { instanceOf: RefusedError, message: /taken/ });
  const second = machine('10.77.0.7/24');
  await clock.run(openIp(client, new TunnelEnd(second)));
  far.emit(packet('10.77.0.2', '10.77.0.7'));
  await settle(clock);
  t.is(second.got.length, 1, 'each client gets its own');
  t.is(farEnd.clients, 2);
  await tunnel[Symbol.asyncDispose]();
  await settle(clock);
  t.is(farEnd.clients, 1);
  await clock.run(openIp(client, nearEnd));
  t.is(farEnd.clients, 2);
});

test('with the session its tunnels end, and the exit forgets them', async (t) => {
  const { clock, client, farEnd, nearEnd } = joined();
  const tunnel = await clock.run(openIp(client, nearEnd));
  let ended: Error | undefined;
  tunnel.onClosed?.((reason) => {
    ended = reason;
  });
  await clock.run(client.close());
  await settle(clock);
  t.true(ended instanceof Error);
  t.is(farEnd.clients, 0);
});

test('another subnet, the exit’s own address, no machine at either end: each is refused by name', async (t) => {
  for (const [address, reason] of [
    ['10.78.0.1/24', /subnet/],
    ['10.77.0.1/25', /subnet/],
    ['10.77.0.2/24', /taken/],
  ] as const) {
    const { clock, client, nearEnd } = joined('peer-message', address);
    await t.throwsAsync(clock.run(openIp(client, nearEnd)), { instanceOf: RefusedError, message: reason }, address);
  }
  const { clock, client } = joined();
  await t.throwsAsync(clock.run(openIp(client, undefined)), { instanceOf: RefusedError, message: /no machine/ });
  for (const name of [
    'tun',
    'tun/1',
    'tun/1/10.77.0.9',
    'tun/x/10.77.0.9/24',
    'tun/1/10.77.0.255/24',
    'tun/1/010.77.0.9/24',
    'tun/1/::1/24',
  ])
    await t.throwsAsync(clock.run(client.connect(name, 0)), { instanceOf: RefusedError }, name);
  const bare = sessionPair('peer-message', { accept: acceptServices(new Map(), (stream) => stream.refuse('no')) });
  await t.throwsAsync(bare.clock.run(openIp(bare.client, new TunnelEnd(machine('10.77.0.1/24')))), { message: /no service tun/ });
});

const ADDRESS = fc.integer({ min: 0, max: 2 ** 32 - 1 });

test('echoes read as they were written; rubbish is no packet', (t) => {
  const echo = fc.record({
    source: ADDRESS,
    destination: ADDRESS,
    kind: fc.constantFrom('request' as const, 'reply' as const),
    id: fc.nat(65_535),
    sequence: fc.nat(65_535),
    data: fc.uint8Array({ maxLength: 200 }),
  });
  fc.assert(
    fc.property(echo, (written) => {
      const bytes = echoPacket(written);
      t.is(checksum(bytes.subarray(0, 20)), 0);
      t.is(checksum(bytes.subarray(20)), 0);
      const read = readEcho(bytes);
      t.deepEqual({ ...read, data: [...read!.data] } as unknown, { ...written, data: [...written.data] });
      const told = tooLongAnswer(bytes, 576);
      t.deepEqual(packetEnds(told), { source: written.destination, destination: written.source });
      t.is(checksum(told.subarray(20)), 0);
      t.is(addressNumber(addressText(written.source)), written.source);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      packetEnds(bytes);
      readEcho(bytes);
    }),
  );
  for (const text of ['', '1.2.3', '1.2.3.4.5', '1.2.3.256', '01.2.3.4', '0x1.2.3.4', '1.2.3.-4', 'a.b.c.d'])
    t.is(addressNumber(text), null, text);
});

test('the hosts of a subnet are those between its network and its broadcast', (t) => {
  const own = readTunnelAddress('10.77.3.9/22')!;
  for (const [address, inside] of [
    ['10.77.0.0', false],
    ['10.77.0.1', true],
    ['10.77.3.254', true],
    ['10.77.3.255', false],
    ['10.77.4.1', false],
    ['10.76.255.255', false],
  ] as const)
    t.is(isHost(addressNumber(address)!, own), inside, address);
  for (const text of ['10.77.0.0/24', '10.77.0.255/24', '10.77.0.1', '10.77.0.1/31', '10.77.0.1/8', '10.77.0.1/24/1'])
    t.is(readTunnelAddress(text), null, text);
});
