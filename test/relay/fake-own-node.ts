/** A node that signs everything alike and has no peers. */
import { PeerError } from '../../nodes/errors.ts';
import type { RelayOwnNode } from '../../nodes/relay-own-node.ts';

export const fakeOwnNode: RelayOwnNode = {
  sign: async () => 'ybndrfg8',
  verify: async () => null,
  peers: async () => [],
  async connect() {
    throw new PeerError('nobody answers there');
  },
  disconnect: async () => {},
};
