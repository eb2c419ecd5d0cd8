/** Which addresses a name may lead to: the public ones. Everything with a meaning of its own is not (loopback, private, link-local …). */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** An address or a CIDR block; null when it is neither. */
export const rangeOf = (text: string): Range | null => {
  const [address, bits, ...rest] = text.split('/');
  if (address === undefined || !isIP(address) || rest.length > 0) return null;
  const parsed = ipaddr.parse(address);
  const widest = parsed.kind() === 'ipv4' ? 32 : 128;
  if (bits === undefined) return [parsed, widest];
  return /^\d{1,3}$/.test(bits) && Number(bits) <= widest ? [parsed, Number(bits)] : null;
};

export const addressIn = (address: string, [base, bits]: Range): boolean => {
  const parsed = parse(address);
  return parsed !== null && parsed.kind() === base.kind() && parsed.match(base as ipaddr.IPv4 & ipaddr.IPv6, bits);
};

/** ipaddr.js calls "unicast" what is in no special block; IPv4 inside IPv6 counts as what it carries. */
export const isPublic = (address: string): boolean => {
  const parsed = parse(address);
  if (parsed === null || parsed.range() !== 'unicast') return false;
  // RFC 4291 §2.5.5.1, deprecated, yet some stacks still take ::127.0.0.1 for IPv4.
  return parsed.kind() === 'ipv4' || !parsed.match(ipaddr.parse('::') as never, 96);
};

const parse = (address: string): ipaddr.IPv4 | ipaddr.IPv6 | null => (isIP(address) ? ipaddr.process(address) : null);
