/** BOLT 4 onion messages over LND ≥ 0.21: the sender builds the packet, LND hands it to the first peer. */
import { randomBytes } from 'node:crypto';
import { blindedPathFromHops } from 'bolt04';
import blinding from 'bolt04/blinding/index.js';
import type { AuthenticatedLnd } from 'lightning';
import { LndError, PayloadTooLargeError } from '../errors.ts';
import type { OnionBytes, OnionMessage, OnionMessageRequest } from '../node.ts';
import { onionMessagePayloadBytesMax } from '../onion.ts';
import { type SphinxHop, sphinxPacket } from '../sphinx.ts';
import { recordsOf, unary } from './grpc.ts';
import { subscribe } from './subscription.ts';

const NEXT_NODE_ID = '4';
const NEXT_PATH_KEY_OVERRIDE = '8';
const ENCRYPTED_RECIPIENT_DATA = 4;
const ONION_SIZES: readonly OnionBytes[] = [1366, 32834, 65498];
/** A blinded path is built once and used for this many messages: blinding costs more than the packet. */
const PATH_USES_MAX = 1_000;
const PATHS_MAX = 64;

interface BlindedPath {
  readonly key: Buffer;
  readonly hops: readonly { readonly publicKey: Buffer; readonly encrypted: Buffer }[];
  uses: number;
}

/** A sender of its own for each LND, since it remembers paths. */
export const onionMessageSender = (lnd: AuthenticatedLnd): ((request: OnionMessageRequest) => Promise<void>) => {
  const paths = new Map<string, BlindedPath>();
  return async ({ path, type, value, onionBytesMax = 32834, probe = false, signal }) => {
    const limit = onionMessagePayloadBytesMax(path.length, onionBytesMax);
    const tooLarge = value.length > limit;
    if (tooLarge && (!probe || onionBytesMax !== 65498)) throw new PayloadTooLargeError('onion-message', value.length, limit);
    const { key, hops } = blindedPath(paths, path);
    const payloads = hops.map(({ publicKey, encrypted }, index): SphinxHop => {
      const own = [tlv(ENCRYPTED_RECIPIENT_DATA, encrypted), ...(index === hops.length - 1 ? [tlv(type, value)] : [])];
      return { publicKey, payload: Buffer.concat(own) };
    });
    const fitting = ONION_SIZES.find((bytes) => bytes <= onionBytesMax && value.length <= onionMessagePayloadBytesMax(path.length, bytes));
    const onion = sphinxPacket(payloads, randomBytes(32), fitting ?? 65498 + value.length - limit);
    try {
      await unary(lnd, 'default', 'sendOnionMessage', { peer: Buffer.from(path[0] as string, 'hex'), path_key: key, onion }, { signal });
    } catch (error) {
      if (tooLarge && error instanceof LndError) throw new PayloadTooLargeError('onion-message', value.length, limit, { cause: error });
      throw error;
    }
  };
};

interface RawOnionMessage {
  custom_records: Record<string, Uint8Array>;
}

export const onionMessages = (lnd: AuthenticatedLnd, signal: AbortSignal): Promise<AsyncIterable<OnionMessage>> =>
  subscribe<RawOnionMessage, OnionMessage>(
    lnd,
    {
      service: 'default',
      method: 'subscribeOnionMessages',
      request: () => ({}),
      pick: ({ custom_records }) => recordsOf(custom_records)[0],
    },
    signal,
  );

/** The destination's own one-hop blinded path, reached through relays whose data is padded alike: the layout of bolt04's onionForPath. */
const blindedPath = (paths: Map<string, BlindedPath>, path: readonly string[]): BlindedPath => {
  const name = path.join();
  const known = paths.get(name);
  if (known && known.uses < PATH_USES_MAX) {
    known.uses += 1;
    return known;
  }
  if (paths.size >= PATHS_MAX) paths.delete(paths.keys().next().value as string);
  const made = blind(path);
  paths.set(name, made);
  return made;
};

const blind = (path: readonly string[]): BlindedPath => {
  const destination = path.at(-1) as string;
  const inbound = blindedPathFromHops({ hops: [destination] });
  const inboundHops = inbound.path.map((hop) => ({
    publicKey: Buffer.from(hop.relay_key, 'hex'),
    encrypted: Buffer.from(hop.encrypted_data, 'hex'),
  }));
  const relays = path.slice(0, -1);
  if (relays.length === 0) return { key: Buffer.from(inbound.key, 'hex'), hops: inboundHops, uses: 1 };
  const records = relays.map((_, index) => [
    { type: NEXT_NODE_ID, value: path[index + 1] as string },
    ...(index === relays.length - 1 ? [{ type: NEXT_PATH_KEY_OVERRIDE, value: inbound.key }] : []),
  ]);
  const { data } = blinding.padHopData({ bytes: 0, records });
  const outbound = blinding.createBlindedPath({
    hops: relays.map((publicKey, index) => ({ data: data[index] as Buffer, public_key: Buffer.from(publicKey, 'hex') })),
  });
  const outboundHops = outbound.hops.map((hop) => ({ publicKey: hop.blinded_public_key, encrypted: hop.encrypted_data }));
  return { key: outbound.key, hops: [...outboundHops, ...inboundHops], uses: 1 };
};

const tlv = (type: number, value: Uint8Array): Buffer => Buffer.concat([bigSize(type), bigSize(value.length), value]);

const bigSize = (value: number): Buffer => {
  if (value < 0xfd) return Buffer.from([value]);
  const bytes = Buffer.alloc(value < 0x10000 ? 3 : 5);
  bytes.writeUInt8(value < 0x10000 ? 0xfd : 0xfe, 0);
  bytes.writeUIntBE(value, 1, bytes.length - 1);
  return bytes;
};
