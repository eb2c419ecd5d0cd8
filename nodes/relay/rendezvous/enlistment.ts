/**
 * How a client enlists at a rendezvous: Noise IK with both node keys, one unit each way. The rendezvous thereby knows that it will pay
 * the very node that asks, and the client that it asked the relay it meant.
 */
import type { Node, Random } from '../../node.ts';
import { freshPair, nodeKeyPair } from '../session/handshake.ts';
import { FrameError, Reader, Writer } from '../wire/bytes.ts';
import { Handshake } from '../wire/noise.ts';
import { UNIT, UNIT_ID_BYTES, unitHeader } from '../wire/unit.ts';

const VERSION = 1;
const PROLOGUE = 'leyden/2 rendezvous';
const AMOUNT_BYTES = 6;
const MTU_BYTES = 2;
const TERMS_BYTES = 1 + UNIT_ID_BYTES + AMOUNT_BYTES + MTU_BYTES;

/** What a rendezvous offers: whoever names this token and pays so much has a unit of at most `mtu` bytes passed on. */
export interface Terms {
  readonly token: string;
  readonly amountMsat: number;
  readonly mtu: number;
}

type OwnNode = Pick<Node, 'publicKey' | 'ecdh'>;

export interface Asking {
  readonly unit: Buffer;
  /** @throws FrameError when it is not this relay's answer. */
  read(body: Uint8Array): Promise<Terms>;
}

/** The client's side. */
export const askToEnlist = async (id: string, relay: string, node: OwnNode, random: Random): Promise<Asking> => {
  const handshake = new Handshake({
    pattern: 'IK',
    initiator: true,
    prologue: prologue(id),
    ephemeral: freshPair(random),
    local: nodeKeyPair(node),
    remote: Buffer.from(relay, 'hex'),
  });
  const message = await handshake.write(Uint8Array.of(VERSION));
  return {
    unit: Buffer.concat([unitHeader(UNIT.enlist, id), message]),
    read: async (body) => decodeTerms(await handshake.read(body)),
  };
};

export interface Asked {
  /** Public key, proven. */
  readonly client: string;
  accept(terms: Terms): Promise<Buffer>;
}

/** The rendezvous's side. @throws FrameError when the asking is not authentic or not understood. */
export const readAsking = async (id: string, body: Uint8Array, node: OwnNode, random: Random): Promise<Asked> => {
  const handshake = new Handshake({
    pattern: 'IK',
    initiator: false,
    prologue: prologue(id),
    ephemeral: freshPair(random),
    local: nodeKeyPair(node),
  });
  const reader = new Reader(await handshake.read(body));
  const version = reader.uint(1);
  if (version !== VERSION) throw new FrameError(`enlisting by version ${version}, ${VERSION} is spoken here`);
  reader.end();
  return {
    client: Buffer.from(handshake.remoteStatic as Uint8Array).toString('hex'),
    accept: async (terms) => Buffer.concat([unitHeader(UNIT.enlisted, id), await handshake.write(encodeTerms(terms))]),
  };
};

const encodeTerms = ({ token, amountMsat, mtu }: Terms): Buffer =>
  new Writer(TERMS_BYTES).uint(VERSION, 1).bytes(Buffer.from(token, 'hex')).uint(amountMsat, AMOUNT_BYTES).uint(mtu, MTU_BYTES).done();

/** @throws FrameError */
export const decodeTerms = (payload: Uint8Array): Terms => {
  const reader = new Reader(payload);
  const version = reader.uint(1);
  if (version !== VERSION) throw new FrameError(`enlisted by version ${version}, ${VERSION} is spoken here`);
  const terms = { token: reader.bytes(UNIT_ID_BYTES).toString('hex'), amountMsat: reader.uint(AMOUNT_BYTES), mtu: reader.uint(MTU_BYTES) };
  reader.end();
  return terms;
};

const prologue = (id: string): Buffer => Buffer.concat([Buffer.from(PROLOGUE), Buffer.from(id, 'hex')]);
