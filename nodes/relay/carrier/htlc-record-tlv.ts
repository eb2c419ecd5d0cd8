/** The record that carries a unit beside an HTLC, as one TLV record: the key that opens its layer, then the layers. */
import type { TlvRecord } from '../../node.ts';
import { POINT_BYTES } from '../../sphinx-keys.ts';
import { LAYERS_OVERHEAD_BYTES, type Layered } from './record-layers.ts';

/** "Lew" in ASCII: odd, five bytes as a BigSize. Not keysend's, since LND shows a payment's wire records among those of its onion. */
export const HTLC_RECORD = 0x4c6577;

export const recordOf = ({ ephemeralKey, sealed }: Layered): TlvRecord => ({
  type: HTLC_RECORD,
  value: Buffer.concat([ephemeralKey, sealed]),
});

/** undefined: nothing of ours, or cut short. */
export const layeredOf = (records: readonly TlvRecord[]): Layered | undefined => {
  const record = records.find(({ type }) => type === HTLC_RECORD);
  if (record === undefined || record.value.length < LAYERS_OVERHEAD_BYTES) return undefined;
  const bytes = Buffer.from(record.value.buffer, record.value.byteOffset, record.value.byteLength);
  return { ephemeralKey: bytes.subarray(0, POINT_BYTES), sealed: bytes.subarray(POINT_BYTES) };
};
