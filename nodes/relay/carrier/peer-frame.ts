/**
 * What relays say to each other in BOLT 1 custom messages, link by link: five bytes of header (what, which circuit), then the rest.
 * A circuit's id belongs to one link; the node with the lesser key gives even ids, the other odd ones.
 */
import { PEER_MESSAGE_BYTES_MAX } from '../../onion.ts';
import { HOPS_MAX } from '../path.ts';
import { FrameError, Reader, Writer } from '../wire/bytes.ts';

/** "Le" in ASCII with the high bit set: odd, above 32767, not LSPS0's 37913. */
export const PEER_MESSAGE_TYPE = 0xcc65;
const HEADER_BYTES = 5;
export const PEER_UNIT_BYTES_MAX = PEER_MESSAGE_BYTES_MAX - HEADER_BYTES;
const KEY_BYTES = 33;
const COUNT_BYTES = 6;

export type PeerFrame =
  /** A new circuit through here; `rest` are the public keys behind, the exit last; empty: it ends here. */
  | { readonly kind: 'open'; readonly id: number; readonly rest: readonly string[] }
  | { readonly kind: 'opened'; readonly id: number }
  /** The end, after so many bytes in all over this link: they may still be on their way. 0: at once. */
  | { readonly kind: 'close'; readonly id: number; readonly bytes: number }
  | { readonly kind: 'data'; readonly id: number; readonly unit: Uint8Array }
  /** So many bytes in all may have been sent over this link on this circuit, toward the one who says so. */
  | { readonly kind: 'credit'; readonly id: number; readonly bytes: number }
  /** "I sent so many bytes in all and credit is gone": asks to hear of what the link lost. */
  | { readonly kind: 'stalled'; readonly id: number; readonly bytes: number };

const TYPE = { open: 1, opened: 2, close: 3, data: 4, credit: 5, stalled: 6 } as const;

/** @throws FrameError */
export const decodePeerFrame = (message: Uint8Array): PeerFrame => {
  const reader = new Reader(message);
  const type = reader.uint(1);
  const id = reader.uint(4);
  switch (type) {
    case TYPE.data:
      return { kind: 'data', id, unit: reader.rest() };
    case TYPE.open:
      return ended(reader, { kind: 'open', id, rest: decodeKeys(reader) });
    case TYPE.opened:
      return ended(reader, { kind: 'opened', id });
    case TYPE.close:
      return ended(reader, { kind: 'close', id, bytes: reader.uint(COUNT_BYTES) });
    case TYPE.credit:
      return ended(reader, { kind: 'credit', id, bytes: reader.uint(COUNT_BYTES) });
    case TYPE.stalled:
      return ended(reader, { kind: 'stalled', id, bytes: reader.uint(COUNT_BYTES) });
    default:
      throw new FrameError(`no frame between relays has type ${type}`);
  }
};

export const encodePeerFrame = (frame: PeerFrame): Buffer => {
  const writer = new Writer(HEADER_BYTES + bodyBytes(frame)).uint(TYPE[frame.kind], 1).uint(frame.id, 4);
  if (frame.kind === 'data') writer.bytes(frame.unit);
  else if (frame.kind === 'open') {
    writer.uint(frame.rest.length, 1);
    for (const key of frame.rest) writer.bytes(Buffer.from(key, 'hex'));
  } else if (frame.kind !== 'opened') writer.uint(frame.bytes, COUNT_BYTES);
  return writer.done();
};

const bodyBytes = (frame: PeerFrame): number => {
  if (frame.kind === 'data') return frame.unit.length;
  if (frame.kind === 'open') return 1 + frame.rest.length * KEY_BYTES;
  return frame.kind === 'opened' ? 0 : COUNT_BYTES;
};

const decodeKeys = (reader: Reader): string[] => {
  const count = reader.uint(1);
  if (count > HOPS_MAX) throw new FrameError(`a circuit of ${count} more hops, at most ${HOPS_MAX} are carried`);
  return Array.from({ length: count }, () => {
    const key = reader.bytes(KEY_BYTES);
    if (key[0] !== 2 && key[0] !== 3) throw new FrameError('a hop that is no compressed point');
    return key.toString('hex');
  });
};

const ended = (reader: Reader, frame: PeerFrame): PeerFrame => {
  reader.end();
  return frame;
};
