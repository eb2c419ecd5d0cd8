/**
 * Preimages of carrier B's payments. Where a payment ends, LND shows its program the preimage and the wire records but not the onion,
 * so the preimage itself says that it is ours and which unit it pays for: 16 secret bytes, 8 that mark it, 8 that bind the unit. Nobody
 * on the way can forge a record, since none of them knows the preimage before the exit has accepted the record and settled.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

const SECRET_BYTES = 16;
const PART_BYTES = 8;
export const PREIMAGE_BYTES = SECRET_BYTES + 2 * PART_BYTES;

/** @param secret at least 16 bytes that nobody else knows, of their own for every payment. */
export const recordPreimage = (secret: Uint8Array, unit: Uint8Array): Buffer => {
  const own = Buffer.from(secret.subarray(0, SECRET_BYTES));
  return Buffer.concat([own, part(own, 'leyden record mark'), part(own, 'leyden record unit', unit)]);
};

/** Does whoever pays with it owe us a unit? By chance one in 2^64 does not and looks as if. */
export const isRecordPreimage = (preimage: Uint8Array | null): preimage is Uint8Array =>
  preimage?.length === PREIMAGE_BYTES &&
  timingSafeEqual(part(preimage.subarray(0, SECRET_BYTES), 'leyden record mark'), preimage.subarray(SECRET_BYTES, -PART_BYTES));

export const paysFor = (preimage: Uint8Array, unit: Uint8Array): boolean =>
  timingSafeEqual(part(preimage.subarray(0, SECRET_BYTES), 'leyden record unit', unit), preimage.subarray(-PART_BYTES));

const part = (secret: Uint8Array, use: string, unit: Uint8Array = new Uint8Array()): Buffer =>
  createHmac('sha256', secret).update(use).update(unit).digest().subarray(0, PART_BYTES);
