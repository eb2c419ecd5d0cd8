/** Every decoder of the relay given what nobody should send: only FrameError, ever, and nothing allocated from a claimed length. */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import test from 'ava';
import fc from 'fast-check';
import { decodePeerFrame, encodePeerFrame, type PeerFrame, withHeaderRoom } from '../../nodes/relay/carrier/peer-frame.ts';
import { decodeHello, PROTOCOL_VERSION } from '../../nodes/relay/session/handshake.ts';
import { FrameError, Reader, varintBytes, Writer } from '../../nodes/relay/wire/bytes.ts';
import { decodeFrames, encodeFrame, type Frame, frameBytes } from '../../nodes/relay/wire/frames.ts';
import { openPacket, packetNumber, sealPacket } from '../../nodes/relay/wire/packet.ts';
import { readUnit } from '../../nodes/relay/wire/unit.ts';
import { encodedWayBack, readWayBack, type WayBack, wayBackBytes } from '../../nodes/relay/wire/way-back.ts';

const NUMBER = fc.oneof(fc.nat(70), fc.nat(20_000), fc.maxSafeNat());
const STREAM = fc.nat(100_000);
const TEXT = fc.stringMatching(/^[a-z0-9.:äß-]{1,80}$/u);

const RANGES = fc.array(fc.tuple(fc.nat(50), fc.nat(50)), { minLength: 1, maxLength: 64 }).map((steps) => {
  const ranges: [number, number][] = [];
  let at = 0;
  for (const [gap, length] of steps) {
    const first = ranges.length === 0 ? gap : at + 2 + gap;
    ranges.unshift([first, first + length]);
    at = first + length;
  }
  return ranges;
});

const FRAME: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ kind: fc.constantFrom('ping' as const, 'pong' as const), id: NUMBER }),
  fc.record({ kind: fc.constant('ack' as const), delayUs: NUMBER, ranges: RANGES }),
  fc.record({ kind: fc.constant('settled' as const), below: NUMBER }),
  fc.record({ kind: fc.constant('open' as const), stream: STREAM, host: TEXT, port: fc.nat(65_535) }),
  fc.record({ kind: fc.constant('opened' as const), stream: STREAM }),
  fc.record({ kind: fc.constant('refused' as const), stream: STREAM, reason: TEXT }),
  fc.record({
    kind: fc.constant('data' as const),
    stream: STREAM,
    offset: fc.nat(2 ** 40),
    fin: fc.boolean(),
    data: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  }),
  fc.record({ kind: fc.constant('reset' as const), stream: STREAM, finalBytes: NUMBER }),
  fc.record({ kind: fc.constant('credit' as const), bytes: NUMBER }),
  fc.record({ kind: fc.constant('stream-credit' as const), stream: STREAM, bytes: NUMBER }),
  fc.record({
    kind: fc.constant('datagram' as const),
    flow: fc.nat(20_000),
    data: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  }),
  fc.record({ kind: fc.constant('close' as const), reason: TEXT }),
  fc.record({
    kind: fc.constant('way' as const),
    number: NUMBER,
    way: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  }),
);

/** A message of so many bytes with its header as it will be written. */
const framed = (kind: 'opened' | 'data', bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<PeerFrame> =>
  fc
    .record({ id: fc.nat(2 ** 31), number: kind === 'opened' ? fc.constant(0) : fc.nat(2 ** 40), unit: bytes })
    .map(({ id, number, unit }) => ({ kind, id, number, message: withHeaderRoom(unit) }));

const PEER_FRAME: fc.Arbitrary<PeerFrame> = fc.oneof(
  fc.record({
    kind: fc.constant('open' as const),
    id: fc.nat(2 ** 31),
    packet: fc.uint8Array({ minLength: 1366, maxLength: 1366 }).map((bytes) => Buffer.from(bytes)),
  }),
  fc.record({
    kind: fc.constantFrom('close' as const, 'credit' as const, 'stalled' as const),
    id: fc.nat(2 ** 31),
    bytes: fc.nat(2 ** 40),
  }),
  fc.record({
    kind: fc.constant('toll' as const),
    id: fc.nat(2 ** 31),
    body: fc.uint8Array({ minLength: 44, maxLength: 44 }).map((bytes) => Buffer.from(bytes)),
  }),
  framed('opened', fc.uint8Array({ minLength: 16, maxLength: 16 })),
  framed('data', fc.uint8Array({ maxLength: 300 })),
);

const encode = (frames: readonly Frame[]): Buffer => {
  const writer = new Writer(frames.reduce((sum, frame) => sum + frameBytes(frame), 0));
  for (const frame of frames) encodeFrame(writer, frame);
  return writer.done();
};

/** Random bytes, and sound ones with bits flipped, cut off or lengthened. */
const rubbish = (sound: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> =>
  fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.tuple(sound, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }), fc.nat()).map(([bytes, changes, cut]) => {
      const changed = Buffer.from(bytes);
      for (const [at, to] of changes) if (changed.length > 0) changed[at % changed.length] = to;
      return changed.subarray(0, cut % 3 === 0 ? cut % (changed.length + 1) : changed.length);
    }),
  );

const onlyFrameErrors = (decode: (bytes: Buffer) => unknown) => (bytes: Buffer) => {
  try {
    decode(bytes);
    return true;
  } catch (error) {
    return error instanceof FrameError;
  }
};

test('every frame decodes to itself, in the bytes that it was said to take', (t) => {
  fc.assert(
    fc.property(fc.array(FRAME, { maxLength: 10 }), (frames) => {
      const bytes = encode(frames);
      t.is(
        bytes.length,
        frames.reduce((sum, frame) => sum + frameBytes(frame), 0),
      );
      t.deepEqual([...decodeFrames(bytes)], frames);
    }),
  );
});

test('rubbish in a packet is a FrameError', (t) => {
  fc.assert(
    fc.property(
      rubbish(fc.array(FRAME, { maxLength: 5 }).map(encode)),
      onlyFrameErrors((bytes) => [...decodeFrames(bytes)]),
    ),
    { numRuns: 2_000 },
  );
  t.pass();
});

test('frames between relays decode to themselves, and rubbish among them is a FrameError', (t) => {
  fc.assert(fc.property(PEER_FRAME, (frame) => t.deepEqual(decodePeerFrame(encodePeerFrame(frame)), frame)));
  fc.assert(fc.property(rubbish(PEER_FRAME.map(encodePeerFrame)), onlyFrameErrors(decodePeerFrame)), { numRuns: 2_000 });
});

const POINT = fc.integer({ min: 1, max: 200 }).map((secret) => Buffer.from(secp256k1.getPublicKey(Buffer.alloc(32, secret), true)));
const WAY_BACK: fc.Arbitrary<WayBack> = fc.oneof(
  fc.constantFrom<WayBack>({ kind: 'along' }, { kind: 'name' }),
  fc.record({
    kind: fc.constant('blinded' as const),
    path: fc.record({
      introduction: POINT.map((point) => point.toString('hex')),
      pathKey: POINT,
      hops: fc.array(fc.record({ publicKey: POINT, encrypted: fc.uint8Array({ maxLength: 255 }).map((bytes) => Buffer.from(bytes)) }), {
        minLength: 2,
        maxLength: 20,
      }),
    }),
  }),
  fc.record({
    kind: fc.constant('rendezvous' as const),
    relay: POINT.map((point) => point.toString('hex')),
    token: fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('hex')),
    amountMsat: fc.nat(2 ** 47),
    mtu: fc.nat(65_535),
  }),
);

test('a way back is read as it was written, and takes the bytes it is said to', (t) => {
  fc.assert(
    fc.property(WAY_BACK, (way) => {
      const bytes = encodedWayBack(way);
      t.is(bytes.length, wayBackBytes(way));
      t.deepEqual(readWayBack(bytes), way);
    }),
    { numRuns: 30 },
  );
});

test('a way back that is rubbish, or whose points are none, is a FrameError', (t) => {
  fc.assert(fc.property(rubbish(WAY_BACK.map(encodedWayBack)), onlyFrameErrors(readWayBack)), { numRuns: 200 });
  const nowhere = Buffer.concat([Buffer.of(3), Buffer.alloc(33), Buffer.alloc(16)]);
  t.throws(() => readWayBack(nowhere), { instanceOf: FrameError, message: /no point/ });
  const short = encodedWayBack({
    kind: 'blinded',
    path: { introduction: `02${'79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'}`, pathKey: Buffer.alloc(33), hops: [] },
  });
  t.throws(() => readWayBack(short), { instanceOf: FrameError });
});

test('rubbish as a unit or as a hello is a FrameError', (t) => {
  const hello = Buffer.concat([Buffer.of(PROTOCOL_VERSION), Buffer.of(0, 0, 0x80, 0x42), Buffer.of(0)]);
  t.deepEqual(decodeHello(hello), { onionBytesMax: 32834, wayBack: { kind: 'along' } });
  fc.assert(fc.property(rubbish(fc.constant(Buffer.alloc(40, 3))), onlyFrameErrors(readUnit)));
  fc.assert(fc.property(rubbish(fc.constant(hello)), onlyFrameErrors(decodeHello)));
});

test('a packet opens with its key and number alone, and not after a change anywhere', (t) => {
  const key = Buffer.alloc(32, 9);
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 100 }),
      fc.nat(2 ** 47),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (plaintext, number, at, change) => {
        const unit = sealPacket(key, '0123456789abcdef', number, plaintext);
        t.deepEqual([...openPacket(key, number, unit)], [...plaintext]);
        t.throws(() => openPacket(Buffer.alloc(32, 8), number, unit), { instanceOf: FrameError });
        t.throws(() => openPacket(key, number + 65_536, unit), { instanceOf: FrameError });
        const changed = Buffer.from(unit);
        changed[at % changed.length]! ^= change;
        t.throws(() => openPacket(key, number, changed), { instanceOf: FrameError });
      },
    ),
  );
  fc.assert(
    fc.property(
      rubbish(fc.constant(sealPacket(key, '0123456789abcdef', 1, Buffer.alloc(20)))),
      onlyFrameErrors((bytes) => openPacket(key, packetNumber(bytes, -1), bytes)),
    ),
  );
});

test('two bytes of a packet number say which it is as long as it is within 32,767 of the next', (t) => {
  const near = fc.tuple(fc.nat(2 ** 40), fc.integer({ min: -32_767, max: 32_768 }));
  fc.assert(
    fc.property(near, ([largest, distance]) => {
      const number = Math.max(0, largest + 1 + distance);
      t.is(packetNumber(sealPacket(Buffer.alloc(32, 9), '0123456789abcdef', number, Buffer.alloc(0)), largest), number);
    }),
  );
});

test('numbers are written as in RFC 9000, Appendix A.1', (t) => {
  const samples: [string, number][] = [
    ['9d7f3e7d', 494_878_333],
    ['7bbd', 15_293],
    ['25', 37],
  ];
  for (const [hex, value] of samples) {
    t.is(new Reader(Buffer.from(hex, 'hex')).varint(), value);
    t.is(new Writer(8).varint(value).done().toString('hex'), hex);
    t.is(varintBytes(value), hex.length / 2);
  }
  t.is(new Reader(Buffer.from('4025', 'hex')).varint(), 37, 'longer than need be');
  t.throws(() => new Reader(Buffer.from('c2197c5eff14e88c', 'hex')).bytes(9), { instanceOf: FrameError });
  t.throws(() => new Reader(Buffer.from('ffffffffffffffff', 'hex')).varint(), { instanceOf: FrameError }, 'above 2^53 − 1');
});

test('a claimed length allocates nothing', (t) => {
  const claims = [
    Buffer.of(7, 1, 0, 0xbf, 0xff, 0xff, 0xff),
    Buffer.of(4, 1, 0xbf, 0xff, 0xff, 0xff),
    Buffer.of(3, 0, 5, 0xbf, 0xff, 0xff, 0xff, 0),
  ];
  for (const claim of claims) t.throws(() => [...decodeFrames(claim)], { instanceOf: FrameError });
});
