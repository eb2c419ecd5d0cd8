/** The pieces that put a stream's bytes in order, each against a model so simple that it must be right. */
import test from 'ava';
import fc from 'fast-check';
import { RangeSet } from '../../nodes/relay/session/ranges.ts';
import { ReceiveBuffer, SEGMENTS_MAX } from '../../nodes/relay/session/receive-buffer.ts';
import { type Piece, SendBuffer } from '../../nodes/relay/session/send-buffer.ts';
import { FrameError } from '../../nodes/relay/wire/bytes.ts';

test('a range set holds what a plain set of numbers would', (t) => {
  const step = fc.record({ add: fc.boolean(), start: fc.nat(40), length: fc.nat(12) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const [ranges, plain] = [new RangeSet(), new Set<number>()];
      for (const { add, start, length } of steps) {
        if (add) ranges.add(start, start + length);
        else ranges.remove(start, start + length);
        for (let value = start; value < start + length; value++) add ? plain.add(value) : plain.delete(value);
      }
      for (let value = 0; value < 60; value++) t.is(ranges.has(value), plain.has(value), String(value));
      const listed = ranges.ranges.flatMap(([start, end]) => Array.from({ length: end - start }, (_, index) => start + index));
      t.deepEqual(
        listed,
        [...plain].sort((one, other) => one - other),
        'sorted, disjoint',
      );
      for (const [index, [start]] of ranges.ranges.entries()) if (index > 0) t.true(start > ranges.ranges[index - 1]![1], 'never touching');
      const gaps = ranges.missing(5, 35).flatMap(([start, end]) => Array.from({ length: end - start }, (_, index) => start + index));
      t.deepEqual(
        gaps,
        Array.from({ length: 30 }, (_, index) => index + 5).filter((value) => !plain.has(value)),
      );
    }),
  );
});

test('whatever is lost, acknowledged or sent again, a stream comes out as it went in', (t) => {
  const step = fc.record({
    size: fc.integer({ min: 1, max: 50 }),
    fate: fc.constantFrom('arrives', 'arrives twice', 'lost', 'late'),
    shuffle: fc.nat(),
  });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.array(step, { minLength: 1, maxLength: 60 }), (bytes, steps) => {
      const [out, incoming] = [new SendBuffer(), new ReceiveBuffer()];
      for (let at = 0; at < bytes.length; at += 37) out.append(bytes.subarray(at, at + 37));
      out.end();
      const got: number[] = [];
      const late: { piece: Piece; data: Buffer }[] = [];
      const deliver = (piece: Piece, data: Buffer): void => {
        t.true(incoming.insert(piece.offset, data, piece.fin, bytes.length));
        out.acknowledged(piece);
        for (let chunk = incoming.take(); chunk !== undefined; chunk = incoming.take()) got.push(...chunk);
      };
      for (let turn = 0; !out.done; turn++) {
        const { size, fate, shuffle } = steps[turn % steps.length]!;
        const piece = out.take(size, bytes.length);
        if (piece === undefined) {
          const again = late.splice(shuffle % Math.max(1, late.length), 1)[0];
          if (again === undefined) return t.fail('nothing to send, nothing late, and not done');
          deliver(again.piece, again.data);
          continue;
        }
        const data = Buffer.alloc(piece.length);
        out.copy(piece, data);
        // After enough turns everything arrives, or a plan of losses alone would never end.
        const outcome = turn > 300 ? 'arrives' : fate;
        if (outcome === 'lost') out.lost(piece);
        else if (outcome === 'late') late.push({ piece, data });
        else deliver(piece, data);
        if (outcome === 'arrives twice') deliver(piece, data);
      }
      for (const { piece, data } of late) deliver(piece, data);
      t.true(incoming.done);
      t.deepEqual(got, [...bytes]);
      t.is(out.held, 0);
    }),
  );
});

test('new bytes stop where credit ends; lost ones do not count again', (t) => {
  const out = new SendBuffer();
  out.append(Buffer.alloc(100));
  const first = out.take(60, 50)!;
  t.deepEqual(first, { offset: 0, length: 50, fin: false });
  t.is(out.take(60, 50), undefined);
  out.lost(first);
  t.deepEqual(out.take(20, 50), { offset: 0, length: 20, fin: false });
  t.is(out.sentEnd, 50);
});

test('what no honest sender sends is a FrameError', (t) => {
  const fresh = () => {
    const incoming = new ReceiveBuffer();
    incoming.insert(10, Buffer.alloc(10), true, 1_000);
    return incoming;
  };
  t.throws(() => fresh().insert(15, Buffer.alloc(10), false, 1_000), { instanceOf: FrameError }, 'beyond its end');
  t.throws(() => fresh().insert(0, Buffer.alloc(10), true, 1_000), { instanceOf: FrameError }, 'another end');
  t.throws(() => fresh().insert(0, Buffer.alloc(10), false, 5), { instanceOf: FrameError }, 'beyond credit');
  t.throws(() => fresh().cut(5), { instanceOf: FrameError }, 'a reset before what came');
});

test('a flood of pieces with gaps is kept up to a number, the rest must come again', (t) => {
  const incoming = new ReceiveBuffer();
  let kept = 0;
  for (let index = 0; index < 5_000; index++) if (incoming.insert(2 * index + 1, Buffer.of(7), false, 1_000_000)) kept += 1;
  t.is(kept, SEGMENTS_MAX);
});

test('a small piece does not keep the large packet that it came in', (t) => {
  const incoming = new ReceiveBuffer();
  const packet = Buffer.from(new Uint8Array(65_536).buffer);
  incoming.insert(0, packet.subarray(0, 10), false, 100);
  t.true(incoming.take()!.buffer.byteLength < 100);
});
