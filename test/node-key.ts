/** A node's key for tests: what `node.ecdh` answers, without a node. */
import { createHash } from 'node:crypto';
import { pointFromScalar, pointMultiply } from 'tiny-secp256k1';
import type { Ecdh } from '../nodes/sphinx-keys.ts';

export interface NodeKey {
  readonly publicKey: Buffer;
  readonly ecdh: Ecdh;
}

/** @param secret 32 bytes, or one that fills them. */
export const nodeKey = (secret: Uint8Array | number): NodeKey => {
  const scalar = typeof secret === 'number' ? Buffer.alloc(32, secret) : secret;
  return {
    publicKey: Buffer.from(pointFromScalar(scalar, true) as Uint8Array),
    ecdh: async (publicKey) =>
      createHash('sha256')
        .update(pointMultiply(Buffer.from(publicKey, 'hex'), scalar, true) as Uint8Array)
        .digest(),
  };
};
