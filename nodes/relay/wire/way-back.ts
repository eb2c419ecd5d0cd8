/** Where an exit answers a client, as the hello tells it: bytes that come from a stranger, so every length and point is checked. */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { BlindedPath } from '../../node.ts';
import { FrameError, Reader, Writer } from './bytes.ts';
import { PUBLIC_KEY_BYTES } from './noise.ts';
import { UNIT_ID_BYTES } from './unit.ts';

export type WayBack =
  /** Along the circuit that the hello came by. */
  | { readonly kind: 'along' }
  /** To the node whose key the hello proves. */
  | { readonly kind: 'name' }
  /** Onion messages: along a path whose end the exit does not learn. */
  | { readonly kind: 'blinded'; readonly path: BlindedPath }
  /** Payments: to a relay that pays units on to somebody whom it alone knows by this token (16 hex characters). */
  | {
      readonly kind: 'rendezvous';
      readonly relay: string;
      readonly token: string;
      /** What it must be paid for each unit. */
      readonly amountMsat: number;
      /** Largest unit that it passes on. */
      readonly mtu: number;
    };

const KIND = { along: 0, name: 1, blinded: 2, rendezvous: 3 } as const;
/** As many as a path has (nodes/relay/path.ts). */
const BLINDED_HOPS_MAX = 20;
const AMOUNT_BYTES = 6;
const MTU_BYTES = 2;

export const encodeWayBack = (writer: Writer, way: WayBack): void => {
  writer.uint(KIND[way.kind], 1);
  if (way.kind === 'blinded') {
    writer.bytes(Buffer.from(way.path.introduction, 'hex')).bytes(way.path.pathKey).uint(way.path.hops.length, 1);
    for (const { publicKey, encrypted } of way.path.hops) writer.bytes(publicKey).uint(encrypted.length, 1).bytes(encrypted);
  } else if (way.kind === 'rendezvous') {
    writer.bytes(Buffer.from(way.relay, 'hex')).bytes(Buffer.from(way.token, 'hex'));
    writer.uint(way.amountMsat, AMOUNT_BYTES).uint(way.mtu, MTU_BYTES);
  }
};

/** @throws FrameError */
export const decodeWayBack = (reader: Reader): WayBack => {
  const kind = reader.uint(1);
  switch (kind) {
    case KIND.along:
      return { kind: 'along' };
    case KIND.name:
      return { kind: 'name' };
    case KIND.blinded:
      return { kind: 'blinded', path: decodeBlindedPath(reader) };
    case KIND.rendezvous: {
      const [relay, token] = [point(reader).toString('hex'), reader.bytes(UNIT_ID_BYTES).toString('hex')];
      return { kind: 'rendezvous', relay, token, amountMsat: reader.uint(AMOUNT_BYTES), mtu: reader.uint(MTU_BYTES) };
    }
    default:
      throw new FrameError(`no way back is of kind ${kind}`);
  }
};

/** One alone. */
export const encodedWayBack = (way: WayBack): Buffer => {
  const writer = new Writer(wayBackBytes(way));
  encodeWayBack(writer, way);
  return writer.done();
};

/** @throws FrameError */
export const readWayBack = (bytes: Uint8Array): WayBack => {
  const reader = new Reader(bytes);
  const way = decodeWayBack(reader);
  reader.end();
  return way;
};

/** Bytes that it takes. */
export const wayBackBytes = (way: WayBack): number => {
  if (way.kind === 'blinded')
    return way.path.hops.reduce((sum, { encrypted }) => sum + blindedHopBytes(encrypted.length), BLINDED_FIXED_BYTES);
  return way.kind === 'rendezvous' ? 1 + PUBLIC_KEY_BYTES + UNIT_ID_BYTES + AMOUNT_BYTES + MTU_BYTES : 1;
};

const BLINDED_FIXED_BYTES = 1 + 2 * PUBLIC_KEY_BYTES + 1;
const blindedHopBytes = (encryptedBytes: number): number => PUBLIC_KEY_BYTES + 1 + encryptedBytes;

/** How many hops of so many encrypted bytes a blinded way back of at most `bytes` has. */
export const blindedHopsWithin = (bytes: number, encryptedBytes: number): number =>
  Math.min(BLINDED_HOPS_MAX, Math.floor((bytes - BLINDED_FIXED_BYTES) / blindedHopBytes(encryptedBytes)));

const decodeBlindedPath = (reader: Reader): BlindedPath => {
  const introduction = point(reader).toString('hex');
  const pathKey = Buffer.from(point(reader));
  const count = reader.uint(1);
  if (count < 2 || count > BLINDED_HOPS_MAX) throw new FrameError(`a blinded path of ${count} hops, 2 to ${BLINDED_HOPS_MAX} expected`);
  const hops = Array.from({ length: count }, () => {
    const publicKey = Buffer.from(point(reader));
    const encrypted = Buffer.from(reader.bytes(reader.uint(1)));
    return { publicKey, encrypted };
  });
  return { introduction, pathKey, hops };
};

/** A view of 33 bytes that are a point of secp256k1. */
const point = (reader: Reader): Buffer => {
  const bytes = reader.bytes(PUBLIC_KEY_BYTES);
  if (!secp256k1.utils.isValidPublicKey(bytes, true)) throw new FrameError('33 bytes that are no point of secp256k1');
  return bytes;
};
