/** The node beside a relay, for the relay's callers: in this process, and over the API. */
import type { Node } from '../node.ts';
import type { RelayOwnNode } from '../relay-own-node.ts';
import type { CallJson } from './pages/remote.ts';

export const ownNode = (node: Node): RelayOwnNode => ({
  sign: (message, waiting) => node.sign(message, waiting),
  verify: (message, signature, waiting) => node.verify(message, signature, waiting),
  peers: (waiting) => node.peers(waiting),
  connect: (publicKey, socket, waiting) => node.connect(publicKey, socket, waiting),
  disconnect: (publicKey, waiting) => node.disconnect(publicKey, waiting),
});

export const remoteOwnNode = (call: CallJson): RelayOwnNode => ({
  sign: async (message, waiting) => (await call<{ signature: string }>('POST', '/v1/sign', waiting, { bytes: base64(message) })).signature,
  verify: async (message, signature, waiting) =>
    (await call<{ publicKey: string | null }>('POST', '/v1/verify', waiting, { bytes: base64(message), signature })).publicKey,
  peers: async (waiting) => (await call<{ peers: string[] }>('GET', '/v1/peers', waiting)).peers,
  async connect(publicKey, socket, waiting) {
    await call('POST', '/v1/peers', waiting, { publicKey, socket });
  },
  async disconnect(publicKey, waiting) {
    await call('DELETE', `/v1/peers/${publicKey}`, waiting);
  },
});

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
