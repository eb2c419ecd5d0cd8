/** Browser pages of other origins can do nothing here, whatever a name resolves to: DNS rebinding needs a name in Host, and a page's request says where it comes from. */

import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** Why a request is not served, or null. */
export const foreign = ({ host, origin }: IncomingHttpHeaders): { readonly status: 403 | 421; readonly message: string } | null => {
  if (!isLocalName(host ?? ''))
    return { status: 421, message: `Host ${(host ?? '').slice(0, 80)}: an IP address or localhost is expected` };
  if (origin !== undefined && origin !== `http://${host}`) return { status: 403, message: 'pages of other origins are not served' };
  return null;
};

/** Nobody can make an address, or localhost, resolve to something else. */
const isLocalName = (host: string): boolean => {
  const name = host.replace(/:\d{1,5}$/, '').toLowerCase();
  return name === 'localhost' || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
};
