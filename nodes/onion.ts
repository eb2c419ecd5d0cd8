/**
 * How many payload bytes fit where, exact to the byte: the limits that both networks share, from BOLT 1, 4 and 8.
 * Lengths and types are BigSize (BOLT 1) and amounts and heights drop leading zeros (tu64, tu32), so no limit is a constant: each
 * is what is left of a fixed packet once a path's own bytes are in. Checked against the encoder of `bolt04` in test/onion.test.ts.
 */
import type { BlindedPath, OnionBytes, TlvRecord } from './node.ts';

/** A BOLT 8 message is at most 65,535 B, its type takes two. At one byte more LND drops the peer ("peer exiting"). */
export const PEER_MESSAGE_BYTES_MAX = 65_533;

/**
 * What wire records (custom records of update_add_htlc) may take in all, as TLVs: our own cap, and nothing but `probe` lifts it. One
 * message holds 64,083 B of them (65,533 B less 1,450 B of BOLT 2's fields); LND 0.21.3 took 64,000 B, and with 64,070 B it signed for
 * an HTLC that it then could not send: the channel is lost for good, every later payment fails for want of balance. The rest is
 * room for what an LND on the way adds of its own (7 B today).
 */
export const WIRE_RECORDS_BYTES_MAX = 60_000;

/** BOLT 4: version 1, ephemeral key 33, HMAC 32 around the hop payloads. */
const PACKET_OVERHEAD_BYTES = 66;
/** BOLT 4: the hop payloads of a payment, always padded to this. */
export const ROUTING_INFO_BYTES = 1300;
const HMAC_BYTES = 32;
/** The record that carries a keysend's preimage. */
export const KEYSEND_TYPE = 5_482_373_484;
const PREIMAGE_BYTES = 32;
const SHORT_CHANNEL_ID_BYTES = 8;
/** Any type from 65,536 to 2^32 − 1 takes five bytes. */
const CUSTOM_TYPE = 65_537;
/** A path id of 32 B in a record (34), sealed with a tag of 16: what `bolt04` gives the destination's own blinded hop. */
const MESSAGE_FINAL_SEALED_BYTES = 50;
/** next_node_id (35) and, before the destination, next_path_key_override (35), all padded alike, sealed with 16. */
const MESSAGE_RELAY_SEALED_BYTES = 86;

/** What a hop of a payment is told: the amount it passes on (the last: receives) in msat, and the block height of its time-lock. */
export interface OnionHop {
  readonly amountMsat: number;
  readonly expiry: number;
}

export interface RecordSize {
  readonly type: number;
  readonly bytes: number;
}

/**
 * Largest value in bytes of one custom record (type 65,536 to 2^32 − 1) beside a keysend over these hops, final hop last;
 * −1 when not even an empty one fits. LND 0.21.3, default amounts on regtest: 1207 − 51(h − 1).
 */
export function keysendPayloadBytesMax(hops: readonly OnionHop[]): number {
  return largest(ROUTING_INFO_BYTES, (bytes) => keysendRoutingInfoBytes(hops, [{ type: CUSTOM_TYPE, bytes }]) <= ROUTING_INFO_BYTES);
}

/** Bytes of hop payloads that a keysend with these custom records takes: it can be sent when at most ROUTING_INFO_BYTES. */
export function keysendRoutingInfoBytes(hops: readonly OnionHop[], records: readonly RecordSize[]): number {
  const last = hops.length - 1;
  return hops.reduce((sum, hop, index) => {
    const base = tlvBytes(2, truncatedBytes(hop.amountMsat)) + tlvBytes(4, truncatedBytes(hop.expiry));
    return sum + framedBytes(base + (index === last ? keysendRecordsBytes(records) : tlvBytes(6, SHORT_CHANNEL_ID_BYTES)));
  }, 0);
}

/**
 * Largest value in bytes of an onion message over this many hops (channels crossed, at least 1) in a packet of this size; −1 when
 * none fits. The destination is its own blinded path of one hop, as nodes/lnd and `bolt04` build it, without a reply path; with `to`
 * the hops lead to its introduction node and the message goes on along it.
 */
export function onionMessagePayloadBytesMax(hops: number, onionBytes: OnionBytes, to?: BlindedPath): number {
  const behind = to === undefined ? [MESSAGE_FINAL_SEALED_BYTES] : to.hops.map(({ encrypted }) => encrypted.length);
  const sealed = [...Array.from({ length: hops - 1 }, () => MESSAGE_RELAY_SEALED_BYTES), ...behind];
  const final = sealed.pop() as number;
  const room = sealed.reduce((left, bytes) => left - framedBytes(tlvBytes(4, bytes)), onionBytes - PACKET_OVERHEAD_BYTES);
  return largest(room, (bytes) => framedBytes(tlvBytes(4, final) + tlvBytes(CUSTOM_TYPE, bytes)) <= room);
}

const ONION_BYTES: readonly OnionBytes[] = [1366, 32834, 65498];

/** The smallest packet that holds this value over these hops and is allowed; null when none is. */
export function onionBytesFor(hops: number, valueBytes: number, onionBytesMax: OnionBytes, to?: BlindedPath): OnionBytes | null {
  return ONION_BYTES.find((bytes) => bytes <= onionBytesMax && onionMessagePayloadBytesMax(hops, bytes, to) >= valueBytes) ?? null;
}

/** Bytes of a TLV stream of these records. */
export function tlvStreamBytes(records: readonly TlvRecord[]): number {
  return records.reduce((sum, { type, value }) => sum + tlvBytes(type, value.length), 0);
}

function keysendRecordsBytes(records: readonly RecordSize[]): number {
  return records.reduce((sum, record) => sum + tlvBytes(record.type, record.bytes), tlvBytes(KEYSEND_TYPE, PREIMAGE_BYTES));
}

/** A hop's payload as it lies in the packet: its length before it, its HMAC behind. */
function framedBytes(payloadBytes: number): number {
  return bigSizeBytes(payloadBytes) + payloadBytes + HMAC_BYTES;
}

function tlvBytes(type: number, valueBytes: number): number {
  return bigSizeBytes(type) + bigSizeBytes(valueBytes) + valueBytes;
}

function bigSizeBytes(value: number): number {
  if (value < 0xfd) return 1;
  if (value < 0x1_0000) return 3;
  return value < 0x1_0000_0000 ? 5 : 9;
}

function truncatedBytes(value: number): number {
  let bytes = 0;
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes++;
  return bytes;
}

/** The largest whole number from 0 to `high` that fits, −1 when 0 does not: sizes only grow, so halving finds it. */
function largest(high: number, fits: (bytes: number) => boolean): number {
  let low = -1;
  let above = high + 1;
  while (above - low > 1) {
    const middle = Math.floor((low + above) / 2);
    if (fits(middle)) low = middle;
    else above = middle;
  }
  return low;
}
