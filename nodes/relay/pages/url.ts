/**
 * Addresses of pages: `leyden://<node key>/path`, `leyden://<name>.<node key>/path` where a node publishes several sites. The key is 66
 * hex characters, or 53 of base32 as in the gateway's host names. Not `lightning:`, which is BOLT 11's.
 */
import { ScenarioError } from '../../errors.ts';
import { fromBase32, toBase32 } from './base32.ts';
import { sitePathOf, urlPathOf } from './site-path.ts';

export interface PageUrl extends SiteAddress {
  /** Inside the site, `index.html` where the URL ends in a slash. */
  readonly path: string;
}

export interface SiteAddress {
  /** Public key of the node, hex. */
  readonly key: string;
  /** Empty: the node's first site. */
  readonly name: string;
}

export const SITE_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const URL_FORM = /^leyden:\/\/(?:([^/.?#]*)\.)?([^/.?#]+)(\/[^?#]*)?(?:[?#].*)?$/;
const HINT = 'such as leyden://02…/index.html, or leyden://blog.02…/ for the site that is called blog';

/** @throws ScenarioError */
export const parsePageUrl = (url: string): PageUrl => {
  const [, name, host, urlPath = '/'] = URL_FORM.exec(url) ?? [];
  if (host === undefined) throw new ScenarioError(`no address of a page: ${url.slice(0, 200)}`, { hint: HINT });
  const key = keyOf(host);
  if (key === null) throw new ScenarioError(`no node key in hex or base32: ${host.slice(0, 80)}`, { hint: HINT });
  if (name !== undefined && !SITE_NAME.test(name)) throw new ScenarioError(`no name of a site: ${name.slice(0, 80)}`, { hint: HINT });
  const path = sitePathOf(urlPath);
  if (path === null) throw new ScenarioError(`no path inside a site: ${urlPath.slice(0, 200)}`);
  return { key, name: name ?? '', path };
};

export const formatPageUrl = ({ key, name, path }: PageUrl): string => `leyden://${name === '' ? '' : `${name}.`}${key}${urlPathOf(path)}`;

/** `<name>.<key>` in base32, as the gateway's host names open. */
export const hostLabels = ({ key, name }: SiteAddress): string => `${name === '' ? '' : `${name}.`}${toBase32(Buffer.from(key, 'hex'))}`;

/** Null for what is no key. */
export const keyOf = (text: string): string | null => {
  if (KEY.test(text)) return text;
  if (text.length !== 53) return null;
  try {
    const hex = fromBase32(text).toString('hex');
    return KEY.test(hex) ? hex : null;
  } catch {
    return null;
  }
};

const KEY = /^0[23][0-9a-f]{64}$/;
