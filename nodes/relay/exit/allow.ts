/**
 * Where an exit connects to. It denies by default. Entries of the allowlist: `host:port`, `address:port`, `cidr:port` (IPv6 in
 * brackets, port `*` for any), and `name=address:port`, a name that stands for that one address. Each is for TCP, or with `udp/` before
 * it for UDP: nothing opens both, since what answers a stranger's datagrams can be made to answer somebody else. A literal address
 * lifts the check for what it covers, since its owner wrote it down; a name never does, since whoever runs its DNS decides what it means.
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { ScenarioError } from '../../errors.ts';
import { addressIn, isPublic, type Range, rangeOf } from './address.ts';

/** Addresses of one name that are looked at. */
const ADDRESSES_MAX = 16;

export type Decision =
  /** Connect to one of these, tried in turn. */
  { readonly addresses: readonly string[] } | { readonly refused: string };

export type Protocol = 'tcp' | 'udp';

export interface Allowlist {
  /** @param resolve all addresses of a name; asked only where the list could allow one of them. */
  decide(protocol: Protocol, host: string, port: number, resolve: (host: string) => Promise<readonly string[]>): Promise<Decision>;
}

type Rule = { readonly protocol: Protocol; readonly port: number | null } & (
  | { readonly kind: 'alias'; readonly name: string; readonly address: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'range'; readonly range: Range }
);

/** @throws ScenarioError for an entry that is none of the above. */
export const allowlist = (entries: readonly string[]): Allowlist => {
  const rules = entries.map(parseRule);
  return {
    async decide(protocol, asked, port, resolve) {
      const host = asked.toLowerCase().replace(/\.$/, '');
      const open = rules.filter((rule) => rule.protocol === protocol && (rule.port === null || rule.port === port));
      const unlisted = { refused: `${protocol === 'udp' ? 'udp/' : ''}${host}:${port} is not on the exit's allowlist` };
      const alias = open.find((rule) => rule.kind === 'alias' && rule.name === host);
      if (alias?.kind === 'alias') return { addresses: [alias.address] };
      const ranges = open.filter((rule) => rule.kind === 'range').map(({ range }) => range);
      const listed = (address: string): boolean => ranges.some((range) => addressIn(address, range));
      if (isIP(host)) return listed(host) ? { addresses: [host] } : unlisted;
      const named = open.some((rule) => rule.kind === 'name' && rule.name === host);
      if (!named && ranges.length === 0) return unlisted;
      const addresses = (await resolve(host)).slice(0, ADDRESSES_MAX);
      const barred = addresses.find((address) => !(listed(address) || (named && isPublic(address))));
      if (addresses.length === 0) return { refused: `${host} has no address` };
      if (barred === undefined) return { addresses };
      return named ? { refused: `${host} leads to an address that is not public` } : unlisted;
    },
  };
};

const parseRule = (entry: string): Rule => {
  const match = /^(?<udp>udp\/)?(?:(?<name>[^=\s]+)=)?(?<target>\[[^\]]+\](?:\/\d+)?|[^:\s]+):(?<port>\d{1,5}|\*)$/.exec(entry);
  const port = match?.groups?.port === '*' ? null : Number(match?.groups?.port);
  if (match === null || (port !== null && (port < 1 || port > 65_535))) throw mistaken(entry);
  const { udp, name, target } = match.groups as { udp?: string; name?: string; target: string };
  const protocol = udp === undefined ? 'tcp' : 'udp';
  const bare = target.replace(/^\[([^\]]+)\]/, '$1');
  if (name !== undefined) {
    if (!isIP(bare)) throw mistaken(entry);
    return { kind: 'alias', protocol, name: name.toLowerCase(), address: bare, port };
  }
  const range = rangeOf(bare);
  if (range !== null) return { kind: 'range', protocol, range, port };
  // What looks like a number is a mistyped address, not a host.
  if (ipaddr.isValid(bare) || /(^|\.)\d+\.?$/.test(bare) || bare.includes('/') || !/^[a-z0-9._-]+$/i.test(bare)) throw mistaken(entry);
  return { kind: 'name', protocol, name: bare.toLowerCase().replace(/\.$/, ''), port };
};

const mistaken = (entry: string): ScenarioError =>
  new ScenarioError(
    `an exit's allowlist has "${entry}": host:port, address:port, cidr:port or name=address:port expected, each after udp/ where it is for UDP`,
    {
      hint: 'e.g. shop:80, udp/192.0.2.53:53, 192.0.2.7:443, 10.1.0.0/16:8080, [2001:db8::1]:443, shop=172.18.0.9:80',
    },
  );
