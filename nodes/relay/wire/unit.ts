/**
 * A unit is what a carrier takes in one piece: one custom record, one onion message, one message to a peer. Its first byte says
 * what it is and the next ones whose: by them a node hands what arrives to the right session, and nothing else. Packets, which are
 * nearly all units, name their session by the first half of its id.
 */
import { FrameError } from './bytes.ts';

export const UNIT = {
  /** Begins a session; `named`: with the client's own key. */
  hello: 1,
  welcome: 2,
  packet: 3,
  test: 4,
  named: 5,
  /** To a rendezvous: a client asks it to pay units on, it answers, an exit pays one to it, it pays that on to the client. */
  enlist: 6,
  enlisted: 7,
  pass: 8,
  passed: 9,
  /** What are you, relay? Before any session (nodes/relay/hello). */
  ask: 10,
  asked: 11,
} as const;
export type UnitKind = (typeof UNIT)[keyof typeof UNIT];

const UNIT_KIND_MAX = Math.max(...Object.values(UNIT));

export const UNIT_ID_BYTES = 8;
export const UNIT_HEADER_BYTES = 1 + UNIT_ID_BYTES;
const PACKET_ID_BYTES = 4;
export const PACKET_HEADER_BYTES = 1 + PACKET_ID_BYTES;

export interface UnitHeader {
  readonly kind: UnitKind;
  /** 16 hex characters; of a packet the first 8. */
  readonly id: string;
  /** What follows: a view. */
  readonly body: Buffer;
}

/** @throws FrameError */
export const readUnit = (unit: Uint8Array): UnitHeader => {
  const kind = unit[0];
  if (kind === undefined || kind < UNIT.hello || kind > UNIT_KIND_MAX) throw new FrameError(`no unit is of kind ${kind}`);
  const headerBytes = kind === UNIT.packet ? PACKET_HEADER_BYTES : UNIT_HEADER_BYTES;
  if (unit.length < headerBytes) throw new FrameError(`a unit of ${unit.length} B, at least ${headerBytes} expected`);
  const bytes = Buffer.from(unit.buffer, unit.byteOffset, unit.byteLength);
  return { kind: kind as UnitKind, id: bytes.toString('hex', 1, headerBytes), body: bytes.subarray(headerBytes) };
};

export const unitHeader = (kind: Exclude<UnitKind, typeof UNIT.packet>, id: string): Buffer => header(kind, id, UNIT_HEADER_BYTES);

/** By what packets name the session of this id. */
export const packetId = (id: string): string => id.slice(0, 2 * PACKET_ID_BYTES);

export const packetHeader = (id: string): Buffer => header(UNIT.packet, packetId(id), PACKET_HEADER_BYTES);

const header = (kind: UnitKind, id: string, length: number): Buffer => {
  const bytes = Buffer.allocUnsafe(length);
  bytes[0] = kind;
  bytes.write(id, 1, 'hex');
  return bytes;
};
