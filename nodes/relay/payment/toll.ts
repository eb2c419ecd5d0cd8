/**
 * What a relay on a circuit over peer messages tells the circuit's opener: its price, and the bytes that it passed on, both ways. The
 * frame goes back along the circuit; its MAC is under a secret of the opener and this relay alone, so that no other relay on the way
 * can ask in its place.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { FrameError, Reader, Writer } from '../wire/bytes.ts';
import { TAG_BYTES, tagOf } from './record.ts';

const COUNT_BYTES = 6;
const MAC_BYTES = 16;
export const TOLL_BYTES = TAG_BYTES + 2 * COUNT_BYTES + MAC_BYTES;

export interface Toll {
  /** Which relay asks. */
  readonly tag: string;
  readonly msatPerMib: number;
  readonly carriedBytes: number;
}

export const encodeToll = (secret: Uint8Array, { msatPerMib, carriedBytes }: Omit<Toll, 'tag'>): Buffer => {
  const body = new Writer(TOLL_BYTES)
    .bytes(Buffer.from(tagOf(secret), 'hex'))
    .uint(msatPerMib, COUNT_BYTES)
    .uint(carriedBytes, COUNT_BYTES);
  return body.bytes(macOf(secret, body.done())).done();
};

/** @param secretOf of the relay that has this tag; undefined: none on this circuit has. @throws FrameError */
export const decodeToll = (body: Uint8Array, secretOf: (tag: string) => Uint8Array | undefined): Toll => {
  const reader = new Reader(body);
  const tag = reader.bytes(TAG_BYTES).toString('hex');
  const toll = { tag, msatPerMib: reader.uint(COUNT_BYTES), carriedBytes: reader.uint(COUNT_BYTES) };
  const mac = reader.bytes(MAC_BYTES);
  reader.end();
  const secret = secretOf(tag);
  if (secret === undefined || !timingSafeEqual(mac, macOf(secret, body.subarray(0, TOLL_BYTES - MAC_BYTES))))
    throw new FrameError('a toll that no relay of this circuit asks');
  return toll;
};

const macOf = (secret: Uint8Array, body: Uint8Array): Buffer =>
  createHmac('sha256', secret).update('toll').update(body).digest().subarray(0, MAC_BYTES);
