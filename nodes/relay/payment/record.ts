/**
 * The record that binds a keysend to one session: version, the session's tag, a sequence number and a MAC over it and the payment's
 * hash, under a secret that only the two ends of the session have. Whoever claims another's payment, or sends a record again beside
 * another HTLC, has no MAC for it.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { FrameError, Reader, Writer } from '../wire/bytes.ts';

/** Odd, five bytes as a BigSize, next to carrier A's. */
export const PAYMENT_RECORD = 0x4c657b;
const VERSION = 1;
export const TAG_BYTES = 16;
const SEQUENCE_BYTES = 4;
const MAC_BYTES = 16;
export const PAYMENT_RECORD_BYTES = 1 + TAG_BYTES + SEQUENCE_BYTES + MAC_BYTES;
export const SEQUENCE_MAX = 2 ** (8 * SEQUENCE_BYTES) - 1;

export interface PaymentRecord {
  readonly tag: string;
  readonly sequence: number;
  readonly mac: Buffer;
}

/** What the exit finds a session by. */
export const tagOf = (secret: Uint8Array): string => keyed(secret, 'tag').toString('hex', 0, TAG_BYTES);

/** The same for the same sequence number, and for that reason never paid twice. */
export const preimageOf = (secret: Uint8Array, sequence: number): Buffer => keyed(secret, 'preimage', sequenceBytes(sequence));

export const encodePaymentRecord = (secret: Uint8Array, sequence: number, hash: Uint8Array): Buffer =>
  new Writer(PAYMENT_RECORD_BYTES)
    .uint(VERSION, 1)
    .bytes(Buffer.from(tagOf(secret), 'hex'))
    .uint(sequence, SEQUENCE_BYTES)
    .bytes(macOf(secret, sequence, hash))
    .done();

/** @throws FrameError */
export const decodePaymentRecord = (value: Uint8Array): PaymentRecord => {
  const reader = new Reader(value);
  const version = reader.uint(1);
  if (version !== VERSION) throw new FrameError(`a payment record of version ${version}, ${VERSION} is spoken here`);
  const tag = reader.bytes(TAG_BYTES).toString('hex');
  const record = { tag, sequence: reader.uint(SEQUENCE_BYTES), mac: Buffer.from(reader.bytes(MAC_BYTES)) };
  reader.end();
  return record;
};

export const authentic = (secret: Uint8Array, { sequence, mac }: PaymentRecord, hash: Uint8Array): boolean =>
  timingSafeEqual(mac, macOf(secret, sequence, hash));

const macOf = (secret: Uint8Array, sequence: number, hash: Uint8Array): Buffer =>
  keyed(secret, 'payment', sequenceBytes(sequence), hash).subarray(0, MAC_BYTES);

const keyed = (secret: Uint8Array, label: string, ...parts: readonly Uint8Array[]): Buffer => {
  const hmac = createHmac('sha256', secret).update(label);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
};

const sequenceBytes = (sequence: number): Buffer => {
  const bytes = Buffer.alloc(SEQUENCE_BYTES);
  bytes.writeUInt32BE(sequence);
  return bytes;
};
