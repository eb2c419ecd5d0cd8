/** BOLT 4 onion messages over LND ≥ 0.21: the sender builds the packet, LND hands it to the first peer. */
import { randomBytes } from 'node:crypto';
import { blindedPathFromHops } from 'bolt04';
import blinding from 'bolt04/blinding/index.js';
import type { AuthenticatedLnd } from 'lightning';
import { LndError, PayloadTooLargeError } from '../errors.ts';
import type { BlindedPath, OnionMessage, OnionMessageRequest } from '../node.ts';
import { onionBytesFor, onionMessagePayloadBytesMax } from '../onion.ts';
import { type SphinxHop, sphinxPacket } from '../sphinx.ts';
import { recordsOf, unary } from './grpc.ts';
import { subscribe } from './subscription.ts';

const NEXT_NODE_ID = '4';
const NEXT_PATH_KEY_OVERRIDE = '8';
const ENCRYPTED_RECIPIENT_DATA = 4;
/** A blinded path is built once and used for this many messages: blinding costs more than the packet. */
const PATH_USES_MAX = 1_000;
const PATHS_MAX = 64;

/** The whole way as the packet has it: relays in clear and the blinded hops behind them. */
interface Way extends Pick<BlindedPath, 'pathKey' | 'hops'> {
  uses: number;
}

/** A sender of its own for each LND, since it remembers paths. */
export const onionMessageSender = (lnd: AuthenticatedLnd): ((request: OnionMessageRequest) => Promise<void>) => {
  const ways = new Map<string, Way>();
  return async ({ path, to, type, value, onionBytesMax = 32834, probe = false, signal }) => {
    const limit = onionMessagePayloadBytesMax(path.length, onionBytesMax, to);
    const tooLarge = value.length > limit;
    if (tooLarge && (!probe || onionBytesMax !== 65498)) throw new PayloadTooLargeError('onion-message', value.length, limit);
    const { pathKey, hops } = wayAlong(ways, path, to);
    const payloads = hops.map(({ publicKey, encrypted }, index): SphinxHop => {
      const own = [tlv(ENCRYPTED_RECIPIENT_DATA, encrypted), ...(index === hops.length - 1 ? [tlv(type, value)] : [])];
      return { publicKey, payload: Buffer.concat(own) };
    });
    const fitting = onionBytesFor(path.length, value.length, onionBytesMax, to);
    const onion = sphinxPacket(payloads, randomBytes(32), fitting ?? 65498 + value.length - limit);
    try {
      await unary(
        lnd,
        'default',
        'sendOnionMessage',
        { peer: Buffer.from(path[0] as string, 'hex'), path_key: pathKey, onion },
        { signal },
      );
    } catch (error) {
      if (tooLarge && error instanceof LndError) throw new PayloadTooLargeError('onion-message', value.length, limit, { cause: error });
      throw error;
    }
  };
};

interface RawOnionMessage {
  custom_records: Record<string, Uint8Array>;
  encrypted_recipient_data: Uint8Array;
}

export const onionMessages = (lnd: AuthenticatedLnd, signal: AbortSignal): Promise<AsyncIterable<OnionMessage>> =>
  subscribe<RawOnionMessage, OnionMessage>(
    lnd,
    {
      service: 'default',
      method: 'subscribeOnionMessages',
      request: () => ({}),
      pick({ custom_records, encrypted_recipient_data: encrypted }) {
        const record = recordsOf(custom_records)[0];
        return record === undefined ? undefined : { ...record, encrypted };
      },
    },
    signal,
  );

const wayAlong = (ways: Map<string, Way>, path: readonly string[], to: BlindedPath | undefined): Way => {
  const name = [...path, to === undefined ? '' : Buffer.from(to.pathKey).toString('hex')].join();
  const known = ways.get(name);
  if (known && known.uses < PATH_USES_MAX) {
    known.uses += 1;
    return known;
  }
  if (ways.size >= PATHS_MAX) ways.delete(ways.keys().next().value as string);
  const made = { ...blind(path, to ?? ownPath(path.at(-1) as string)), uses: 1 };
  ways.set(name, made);
  return made;
};

/** The destination's own one-hop blinded path, as its sender makes it. */
const ownPath = (destination: string): Pick<BlindedPath, 'pathKey' | 'hops'> => {
  const { key, path } = blindedPathFromHops({ hops: [destination] });
  const hops = path.map((hop) => ({
    publicKey: Buffer.from(hop.relay_key, 'hex'),
    encrypted: Buffer.from(hop.encrypted_data, 'hex'),
  }));
  return { pathKey: Buffer.from(key, 'hex'), hops };
};

/** Reached through relays whose data is padded alike, the last of which hands over the path's own key: the layout of bolt04's onionForPath. */
const blind = (path: readonly string[], inbound: Pick<BlindedPath, 'pathKey' | 'hops'>): Pick<BlindedPath, 'pathKey' | 'hops'> => {
  const relays = path.slice(0, -1);
  if (relays.length === 0) return inbound;
  const override = { type: NEXT_PATH_KEY_OVERRIDE, value: Buffer.from(inbound.pathKey).toString('hex') };
  const records = relays.map((_, index) => [
    { type: NEXT_NODE_ID, value: path[index + 1] as string },
    ...(index === relays.length - 1 ? [override] : []),
  ]);
  const { data } = blinding.padHopData({ bytes: 0, records });
  const outbound = blinding.createBlindedPath({
    hops: relays.map((publicKey, index) => ({ data: data[index] as Buffer, public_key: Buffer.from(publicKey, 'hex') })),
  });
  const hops = outbound.hops.map((hop) => ({ publicKey: hop.blinded_public_key, encrypted: hop.encrypted_data }));
  return { pathKey: outbound.key, hops: [...hops, ...inbound.hops] };
};

const tlv = (type: number, value: Uint8Array): Buffer => Buffer.concat([bigSize(type), bigSize(value.length), value]);

const bigSize = (value: number): Buffer => {
  if (value < 0xfd) return Buffer.from([value]);
  const bytes = Buffer.alloc(value < 0x10000 ? 3 : 5);
  bytes.writeUInt8(value < 0x10000 ? 0xfd : 0xfe, 0);
  bytes.writeUIntBE(value, 1, bytes.length - 1);
  return bytes;
};
