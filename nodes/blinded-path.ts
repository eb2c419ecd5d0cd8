/**
 * A way to a node that does not say which (BOLT 4, "Route Blinding"): whoever holds it knows the introduction node, and can send an
 * onion message along it, but learns neither the nodes behind nor where it ends. Both networks use it; stock LND forwards along it.
 */
import blinding from 'bolt04/blinding/index.js';
import type { BlindedPath, Random } from './node.ts';

const NEXT_NODE_ID = '4';
const PATH_ID = '6';
const PATH_ID_BYTES = 32;
/** next_node_id takes 35 B, all hops are padded alike to 37, sealed with a tag of 16. */
export const BLINDED_HOP_SEALED_BYTES = 53;

/** @param nodes public keys from the introduction node to its maker, at least two. */
export const blindedPath = (nodes: readonly string[], random: Random): BlindedPath => {
  const records = nodes.map((_, index) => {
    const next = nodes[index + 1];
    return [next === undefined ? { type: PATH_ID, value: hex(random.bytes(PATH_ID_BYTES)) } : { type: NEXT_NODE_ID, value: next }];
  });
  const { data } = blinding.padHopData({ records });
  const { hops, key } = blinding.createBlindedPath({
    hops: nodes.map((publicKey, index) => ({ data: data[index] as Buffer, public_key: Buffer.from(publicKey, 'hex') })),
    secret: Buffer.from(random.bytes(32)),
  });
  return {
    introduction: nodes[0] as string,
    pathKey: key,
    hops: hops.map(({ blinded_public_key: publicKey, encrypted_data: encrypted }) => ({ publicKey, encrypted })),
  };
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
