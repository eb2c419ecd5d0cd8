/** What a packet holds: the frames of RFC 9000 §19 that one tunnel over Lightning needs, each behind its type byte. */
import { FrameError, Reader, textBytes, varintBytes, type Writer } from './bytes.ts';

/** A DNS name has at most 253 characters (RFC 1035 §2.3.4), written 255. */
export const HOST_BYTES_MAX = 255;
export const REASON_BYTES_MAX = 200;
/** What an ACK reports: the newest ranges; older gaps are told by later ones. */
export const ACK_RANGES_MAX = 64;

/** First and last packet number, both received. */
export type PacketRange = readonly [first: number, last: number];

export type Frame =
  | { readonly kind: 'ping'; readonly id: number }
  | { readonly kind: 'pong'; readonly id: number }
  /** Newest range first; `delayUs` from receiving the newest to sending this. */
  | { readonly kind: 'ack'; readonly delayUs: number; readonly ranges: readonly PacketRange[] }
  /** Every packet number below is settled at the sender: acknowledged, or given up and its frames sent anew. */
  | { readonly kind: 'settled'; readonly below: number }
  | { readonly kind: 'open'; readonly stream: number; readonly host: string; readonly port: number }
  | { readonly kind: 'opened'; readonly stream: number }
  | { readonly kind: 'refused'; readonly stream: number; readonly reason: string }
  | { readonly kind: 'data'; readonly stream: number; readonly offset: number; readonly fin: boolean; readonly data: Uint8Array }
  /** Ends both directions at once; `finalBytes` is where the sender's own direction stopped, for the session's credit. */
  | { readonly kind: 'reset'; readonly stream: number; readonly finalBytes: number }
  /** Bytes in all that the other end may send, over all streams and on one. */
  | { readonly kind: 'credit'; readonly bytes: number }
  | { readonly kind: 'stream-credit'; readonly stream: number; readonly bytes: number }
  /** Never sent again; a flow is a number on which both ends agreed. */
  /** Where the client is reached from now on (wire/way-back.ts), the n-th time that it says so. */
  | { readonly kind: 'way'; readonly number: number; readonly way: Uint8Array }
  | { readonly kind: 'datagram'; readonly flow: number; readonly data: Uint8Array }
  | { readonly kind: 'close'; readonly reason: string };

const TYPE = {
  padding: 0,
  ping: 1,
  pong: 2,
  ack: 3,
  open: 4,
  opened: 5,
  refused: 6,
  data: 7,
  dataFin: 8,
  reset: 9,
  credit: 10,
  streamCredit: 11,
  close: 12,
  settled: 13,
  datagram: 14,
  way: 15,
} as const;

/** Everything that a packet may hold besides padding. @throws FrameError */
export function* decodeFrames(plaintext: Uint8Array): Generator<Frame> {
  const reader = new Reader(plaintext);
  while (reader.left > 0) {
    const type = reader.uint(1);
    if (type !== TYPE.padding) yield decodeFrame(type, reader);
  }
}

const decodeFrame = (type: number, reader: Reader): Frame => {
  switch (type) {
    case TYPE.ping:
      return { kind: 'ping', id: reader.varint() };
    case TYPE.pong:
      return { kind: 'pong', id: reader.varint() };
    case TYPE.ack:
      return { kind: 'ack', delayUs: reader.varint(), ranges: decodeRanges(reader) };
    case TYPE.settled:
      return { kind: 'settled', below: reader.varint() };
    case TYPE.open:
      return { kind: 'open', stream: reader.varint(), host: printable(reader.text(HOST_BYTES_MAX)), port: reader.uint(2) };
    case TYPE.opened:
      return { kind: 'opened', stream: reader.varint() };
    case TYPE.refused:
      return { kind: 'refused', stream: reader.varint(), reason: printable(reader.text(REASON_BYTES_MAX)) };
    case TYPE.data:
    case TYPE.dataFin: {
      const [stream, offset, length] = [reader.varint(), reader.varint(), reader.varint()];
      if (offset + length > Number.MAX_SAFE_INTEGER) throw new FrameError('data beyond 2^53 − 1 B');
      return { kind: 'data', stream, offset, fin: type === TYPE.dataFin, data: reader.bytes(length) };
    }
    case TYPE.reset:
      return { kind: 'reset', stream: reader.varint(), finalBytes: reader.varint() };
    case TYPE.credit:
      return { kind: 'credit', bytes: reader.varint() };
    case TYPE.streamCredit:
      return { kind: 'stream-credit', stream: reader.varint(), bytes: reader.varint() };
    case TYPE.way:
      return { kind: 'way', number: reader.varint(), way: reader.bytes(reader.uint(2)) };
    case TYPE.datagram:
      return { kind: 'datagram', flow: reader.varint(), data: reader.bytes(reader.varint()) };
    case TYPE.close:
      return { kind: 'close', reason: printable(reader.text(REASON_BYTES_MAX)) };
    default:
      throw new FrameError(`no frame has type ${type}`);
  }
};

/** As RFC 9000 §19.3.1: the newest packet, how many before it follow on, then gap and length of each older range. */
const decodeRanges = (reader: Reader): PacketRange[] => {
  let last = reader.varint();
  const count = reader.varint();
  if (count < 1 || count > ACK_RANGES_MAX) throw new FrameError(`an acknowledgement of ${count} ranges, 1 to ${ACK_RANGES_MAX} expected`);
  const ranges: PacketRange[] = [];
  for (let index = 0; index < count; index++) {
    if (index > 0) last -= reader.varint() + 2;
    const first = last - reader.varint();
    if (first < 0) throw new FrameError('an acknowledgement of packets below 0');
    ranges.push([first, last]);
    last = first;
  }
  return ranges;
};

/** Names and reasons end in logs and messages: no control characters. */
const printable = (text: string): string => {
  if (/[\p{Cc}\p{Cf}]/u.test(text)) throw new FrameError('a text with control characters');
  return text;
};

export const encodeFrame = (writer: Writer, frame: Frame): void => {
  switch (frame.kind) {
    case 'ping':
    case 'pong':
      writer.uint(TYPE[frame.kind], 1).varint(frame.id);
      break;
    case 'ack':
      encodeAck(writer, frame);
      break;
    case 'settled':
      writer.uint(TYPE.settled, 1).varint(frame.below);
      break;
    case 'open':
      writer.uint(TYPE.open, 1).varint(frame.stream).text(frame.host).uint(frame.port, 2);
      break;
    case 'opened':
      writer.uint(TYPE.opened, 1).varint(frame.stream);
      break;
    case 'refused':
      writer.uint(TYPE.refused, 1).varint(frame.stream).text(frame.reason);
      break;
    case 'data':
      encodeDataHeader(writer, { ...frame, length: frame.data.length });
      writer.bytes(frame.data);
      break;
    case 'reset':
      writer.uint(TYPE.reset, 1).varint(frame.stream).varint(frame.finalBytes);
      break;
    case 'credit':
      writer.uint(TYPE.credit, 1).varint(frame.bytes);
      break;
    case 'stream-credit':
      writer.uint(TYPE.streamCredit, 1).varint(frame.stream).varint(frame.bytes);
      break;
    case 'way':
      writer.uint(TYPE.way, 1).varint(frame.number).uint(frame.way.length, 2).bytes(frame.way);
      break;
    case 'datagram':
      writer.uint(TYPE.datagram, 1).varint(frame.flow).varint(frame.data.length).bytes(frame.data);
      break;
    case 'close':
      writer.uint(TYPE.close, 1).text(frame.reason);
  }
};

/** A data frame up to its bytes, which the caller puts behind it. */
export const encodeDataHeader = (writer: Writer, header: { stream: number; offset: number; length: number; fin: boolean }): void => {
  writer.uint(header.fin ? TYPE.dataFin : TYPE.data, 1);
  writer.varint(header.stream).varint(header.offset).varint(header.length);
};

const encodeAck = (writer: Writer, { delayUs, ranges }: Extract<Frame, { kind: 'ack' }>): void => {
  const newest = ranges[0] as PacketRange;
  writer.uint(TYPE.ack, 1).varint(delayUs).varint(newest[1]).varint(ranges.length);
  let previous = newest[0];
  for (const [index, [first, last]] of ranges.entries()) {
    if (index > 0) writer.varint(previous - last - 2);
    writer.varint(last - first);
    previous = first;
  }
};

/** Bytes that a frame takes in a packet. */
export const frameBytes = (frame: Frame): number => {
  switch (frame.kind) {
    case 'ping':
    case 'pong':
      return 1 + varintBytes(frame.id);
    case 'ack':
      return ackBytes(frame);
    case 'settled':
      return 1 + varintBytes(frame.below);
    case 'open':
      return 1 + varintBytes(frame.stream) + textBytes(frame.host) + 2;
    case 'opened':
      return 1 + varintBytes(frame.stream);
    case 'refused':
      return 1 + varintBytes(frame.stream) + textBytes(frame.reason);
    case 'data':
      return dataHeaderBytes(frame.stream, frame.offset, frame.data.length) + frame.data.length;
    case 'reset':
      return 1 + varintBytes(frame.stream) + varintBytes(frame.finalBytes);
    case 'credit':
      return 1 + varintBytes(frame.bytes);
    case 'stream-credit':
      return 1 + varintBytes(frame.stream) + varintBytes(frame.bytes);
    case 'way':
      return 1 + varintBytes(frame.number) + 2 + frame.way.length;
    case 'datagram':
      return datagramHeaderBytes(frame.flow, frame.data.length) + frame.data.length;
    case 'close':
      return 1 + textBytes(frame.reason);
  }
};

const ackBytes = ({ delayUs, ranges }: Extract<Frame, { kind: 'ack' }>): number => {
  const newest = ranges[0] as PacketRange;
  let bytes = 1 + varintBytes(delayUs) + varintBytes(newest[1]) + varintBytes(ranges.length);
  let previous = newest[0];
  for (const [index, [first, last]] of ranges.entries()) {
    if (index > 0) bytes += varintBytes(previous - last - 2);
    bytes += varintBytes(last - first);
    previous = first;
  }
  return bytes;
};

/** What a data frame takes before its bytes, for at most `length` of them. */
export const dataHeaderBytes = (stream: number, offset: number, length: number): number =>
  1 + varintBytes(stream) + varintBytes(offset) + varintBytes(length);

/** What a datagram frame takes before its bytes. */
export const datagramHeaderBytes = (flow: number, length: number): number => 1 + varintBytes(flow) + varintBytes(length);
