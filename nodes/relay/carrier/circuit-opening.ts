/**
 * How a circuit comes about: a BOLT 4 onion packet of constant size, of which every relay peels one layer and learns the next hop, or
 * that it is the last. Nobody but the opener learns how long the way is or who stands at its ends.
 */
import { FrameError } from '../../errors.ts';
import { peel, sphinxPacket } from '../../sphinx.ts';
import { type Ecdh, hopKeys, POINT_BYTES } from '../../sphinx-keys.ts';
import { type LayerKeys, layerKeys, openedProof } from './circuit-layers.ts';

/** BOLT 4's smallest: nineteen relays and the far end fit. */
export const OPENING_BYTES = 1366;
/** Every hop's HMAC covers it: a packet of a payment or an onion message is no opening, nor the other way round. */
const PROTOCOL = Buffer.from('leyden circuit 1');

export interface Opening {
  readonly packet: Buffer;
  /** Per hop, the far end last. */
  readonly keys: readonly LayerKeys[];
  readonly proof: Buffer;
}

/** Behind what a hop reads: units over htlc-record come this way, so LND is to ask (record-places.ts). */
const RECORDS = Buffer.of(1);
const NO_RECORDS = Buffer.alloc(0);

/** @param path public keys, the far end last. @param sessionKey 32 secret bytes, fresh every time. @param records tells every hop so. */
export const makeOpening = (path: readonly string[], sessionKey: Uint8Array, records = false): Opening => {
  const publicKeys = path.map((key) => Buffer.from(key, 'hex'));
  const secrets = hopKeys(publicKeys, sessionKey).map(({ secret }) => secret);
  const mark = records ? RECORDS : NO_RECORDS;
  const hops = publicKeys.map((publicKey, index) => ({
    publicKey,
    payload: Buffer.concat([publicKeys[index + 1] ?? Buffer.alloc(0), mark]),
  }));
  return {
    packet: sphinxPacket(hops, sessionKey, OPENING_BYTES, PROTOCOL),
    keys: secrets.map(layerKeys),
    proof: openedProof(secrets.at(-1) as Buffer),
  };
};

/** What one hop learns of it. */
export type Peeled = { readonly keys: LayerKeys; readonly records: boolean } & (
  | { readonly next: string; readonly packet: Buffer }
  | { readonly next: null; readonly proof: Buffer }
);

/** @throws FrameError */
export const readOpening = async (packet: Uint8Array, ecdh: Ecdh): Promise<Peeled> => {
  const { payload, secret, next } = await peel(packet, ecdh, PROTOCOL);
  const keys = layerKeys(secret);
  const point = payload.subarray(0, next === null ? 0 : POINT_BYTES);
  const mark = payload.subarray(point.length);
  const records = mark.equals(RECORDS);
  const known = records || mark.equals(NO_RECORDS);
  if (known && next === null) return { keys, records, next: null, proof: openedProof(secret) };
  if (!known || next === null || point.length !== POINT_BYTES || (point[0] !== 2 && point[0] !== 3))
    throw new FrameError('an opening that names neither a next hop nor its end');
  return { keys, records, next: point.toString('hex'), packet: next };
};
