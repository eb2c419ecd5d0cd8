/** For tests of relays that publish nothing and read nothing. */
import { NotFoundError, RefusedError } from '../../nodes/errors.ts';
import type { RelayPages } from '../../nodes/node.ts';

const none = () => Promise.reject(new NotFoundError('this relay has no pages'));

export const noPages: RelayPages = {
  publish: none,
  begin: none,
  upload: () => {
    throw new RefusedError('no upload is under way');
  },
  sites: async () => [],
  get: none,
  browseOver: async () => {},
  gatewayPort: null,
};
