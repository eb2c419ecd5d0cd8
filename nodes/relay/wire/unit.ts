/**
 * A unit is what a carrier takes in one piece: one custom record, one onion message, one message to a peer. Its first byte says
 * what it is and the next eight whose: by them a node hands what arrives to the right session, and nothing else.
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
} as const;
export type UnitKind = (typeof UNIT)[keyof typeof UNIT];

const UNIT_KIND_MAX = Math.max(...Object.values(UNIT));

export const UNIT_ID_BYTES = 8;
export const UNIT_HEADER_BYTES = 1 + UNIT_ID_BYTES;

export interface UnitHeader {
  readonly kind: UnitKind;
  /** 16 hex characters. */
  readonly id: string;
  /** What follows: a view. */
  readonly body: Buffer;
}

/** @throws FrameError */
export const readUnit = (unit: Uint8Array): UnitHeader => {
  if (unit.length < UNIT_HEADER_BYTES) throw new FrameError(`a unit of ${unit.length} B, at least ${UNIT_HEADER_BYTES} expected`);
  const bytes = Buffer.from(unit.buffer, unit.byteOffset, unit.byteLength);
  const kind = bytes[0] as number;
  if (kind < UNIT.hello || kind > UNIT_KIND_MAX) throw new FrameError(`no unit is of kind ${kind}`);
  return { kind: kind as UnitKind, id: bytes.toString('hex', 1, UNIT_HEADER_BYTES), body: bytes.subarray(UNIT_HEADER_BYTES) };
};

export const unitHeader = (kind: UnitKind, id: string): Buffer => {
  const header = Buffer.allocUnsafe(UNIT_HEADER_BYTES);
  header[0] = kind;
  header.write(id, 1, 'hex');
  return header;
};
