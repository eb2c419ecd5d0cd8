/**
 * What relays say to each other in BOLT 1 custom messages, link by link: what, which circuit, then the rest. A circuit's id belongs
 * to one link; the node with the lesser key gives even ids, the other odd ones.
 */
import { PEER_MESSAGE_BYTES_MAX } from '../../onion.ts';
import { TOLL_BYTES } from '../payment/toll.ts';
import { FrameError, Reader, Writer } from '../wire/bytes.ts';
import { PROOF_BYTES } from './circuit-layers.ts';
import { OPENING_BYTES } from './circuit-opening.ts';

/** "Le" in ASCII with the high bit set: odd, above 32767, not LSPS0's 37913. */
export const PEER_MESSAGE_TYPE = 0xcc65;
const ID_BYTES = 4;
const COUNT_BYTES = 6;
const HEADER_BYTES = 1 + ID_BYTES;
/** Ahead of what goes through a circuit's layers: type, id, and the unit's number. */
export const LAYERED_HEADER_BYTES = HEADER_BYTES + COUNT_BYTES;
export const PEER_UNIT_BYTES_MAX = PEER_MESSAGE_BYTES_MAX - LAYERED_HEADER_BYTES;

/** What goes through the layers, with room for its header ahead: `message` is the whole frame. */
export interface Layered {
  /** 0 with 'opened'; each unit of one direction has its own. */
  readonly number: number;
  readonly message: Buffer;
}

export type PeerFrame =
  /** The far end has the opening: the message is its proof. */
  | ({ readonly kind: 'opened'; readonly id: number } & Layered)
  | ({ readonly kind: 'data'; readonly id: number } & Layered)
  /** A new circuit through here, or to here. */
  | { readonly kind: 'open'; readonly id: number; readonly packet: Buffer }
  /** A relay asks the opener to be paid (payment/toll.ts); goes back along the circuit as it is. */
  | { readonly kind: 'toll'; readonly id: number; readonly body: Buffer }
  /** The end, after so many bytes in all over this link: they may still be on their way. 0: at once. */
  | { readonly kind: 'close'; readonly id: number; readonly bytes: number }
  /** So many bytes in all may have been sent over this link on this circuit, toward the one who says so. */
  | { readonly kind: 'credit'; readonly id: number; readonly bytes: number }
  /** "I sent so many bytes in all and credit is gone": asks to hear of what the link lost. */
  | { readonly kind: 'stalled'; readonly id: number; readonly bytes: number };

const TYPE = { open: 1, opened: 2, close: 3, data: 4, credit: 5, stalled: 6, toll: 7 } as const;

/** Views of the message, no copies. @throws FrameError */
export const decodePeerFrame = (message: Uint8Array): PeerFrame => {
  const reader = new Reader(message);
  const type = reader.uint(1);
  const id = reader.uint(ID_BYTES);
  switch (type) {
    case TYPE.data:
      return { kind: 'data', id, number: reader.uint(COUNT_BYTES), message: whole(message) };
    case TYPE.opened:
      return ended(reader, { kind: 'opened', id, number: zero(reader), message: proof(reader, message) });
    case TYPE.open:
      return ended(reader, { kind: 'open', id, packet: reader.bytes(OPENING_BYTES) });
    case TYPE.close:
      return ended(reader, { kind: 'close', id, bytes: reader.uint(COUNT_BYTES) });
    case TYPE.credit:
      return ended(reader, { kind: 'credit', id, bytes: reader.uint(COUNT_BYTES) });
    case TYPE.toll:
      return ended(reader, { kind: 'toll', id, body: reader.bytes(TOLL_BYTES) });
    case TYPE.stalled:
      return ended(reader, { kind: 'stalled', id, bytes: reader.uint(COUNT_BYTES) });
    default:
      throw new FrameError(`no frame between relays has type ${type}`);
  }
};

/** A layered frame's header is written into its message: it is the same memory that is sent. */
export const encodePeerFrame = (frame: PeerFrame): Buffer => {
  if (frame.kind === 'data' || frame.kind === 'opened') {
    head(new Writer(frame.message), frame).uint(frame.number, COUNT_BYTES);
    return frame.message;
  }
  if (frame.kind === 'open')
    return head(new Writer(HEADER_BYTES + OPENING_BYTES), frame)
      .bytes(frame.packet)
      .done();
  if (frame.kind === 'toll')
    return head(new Writer(HEADER_BYTES + TOLL_BYTES), frame)
      .bytes(frame.body)
      .done();
  return head(new Writer(HEADER_BYTES + COUNT_BYTES), frame)
    .uint(frame.bytes, COUNT_BYTES)
    .done();
};

/** Room for a header and behind it a copy of these bytes. */
export const withHeaderRoom = (bytes: Uint8Array): Buffer => {
  const message = Buffer.allocUnsafe(LAYERED_HEADER_BYTES + bytes.length);
  message.set(bytes, LAYERED_HEADER_BYTES);
  return message;
};

const head = (writer: Writer, { kind, id }: PeerFrame): Writer => writer.uint(TYPE[kind], 1).uint(id, ID_BYTES);

const whole = (message: Uint8Array): Buffer => Buffer.from(message.buffer, message.byteOffset, message.byteLength);

const zero = (reader: Reader): 0 => {
  if (reader.uint(COUNT_BYTES) !== 0) throw new FrameError('an answer to an opening with a number of its own');
  return 0;
};

const proof = (reader: Reader, message: Uint8Array): Buffer => {
  reader.bytes(PROOF_BYTES);
  return whole(message);
};

const ended = (reader: Reader, frame: PeerFrame): PeerFrame => {
  reader.end();
  return frame;
};
