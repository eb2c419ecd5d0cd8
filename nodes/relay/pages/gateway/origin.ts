/** Which site a request is for, and whether it may ask: `<base32 of the node key>.localhost`, `<name>.<base32>.localhost`, nothing else. */
import type { IncomingHttpHeaders } from 'node:http';
import { keyOf, SITE_NAME, type SiteAddress } from '../url.ts';

export type Refusal = { readonly status: 403 | 421; readonly message: string };

/** A browser resolves names below localhost to this machine by itself (RFC 6761), so nobody else can own one of these names. */
const HOST = /^(?:([a-z0-9-]+)\.)?([a-z2-7]{53})\.localhost(?::\d{1,5})?$/;

export const siteOf = ({ host = '' }: IncomingHttpHeaders): SiteAddress | Refusal => {
  const [, name, label] = HOST.exec(host.toLowerCase()) ?? [];
  const key = label === undefined ? null : keyOf(label);
  if (key === null || (name !== undefined && !SITE_NAME.test(name)))
    return { status: 421, message: 'No site has this host name: <base32 of a node key>.localhost is expected.' };
  return { key, name: name ?? '' };
};

/**
 * A page of another origin may lead here by a link, and no more: what it embeds would show it what this reader can fetch, and would be
 * paid by the reader. Browsers say so in Sec-Fetch-*; programs that say nothing hold no secrets of a browser's.
 */
export const whyForeign = (headers: IncomingHttpHeaders): Refusal | null => {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  if (origin !== undefined && origin !== `http://${host}`) return foreign;
  if (site === undefined || site === 'same-origin' || site === 'none') return null;
  return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document' ? null : foreign;
};

const foreign: Refusal = { status: 403, message: 'Pages of other origins may link here, and not use what is here.' };
