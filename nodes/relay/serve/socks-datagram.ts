/** A datagram between a SOCKS5 client and its server: RFC 1928 §7's header, then the bytes for the far end or from it. */
import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { FrameError, Reader } from '../wire/bytes.ts';
import { ADDRESS } from './socks-wire.ts';

export interface SocksDatagram {
  readonly host: string;
  readonly port: number;
  readonly data: Uint8Array;
}

/** @throws FrameError; fragments are refused too, as §7 lets a server do. */
export const readDatagram = (bytes: Uint8Array): SocksDatagram => {
  const reader = new Reader(bytes);
  if (reader.uint(2) !== 0) throw new FrameError('reserved bytes that are not zero');
  const fragment = reader.uint(1);
  if (fragment !== 0) throw new FrameError(`fragment ${fragment}: only whole datagrams are relayed`);
  const host = readHost(reader);
  const port = reader.uint(2);
  if (port === 0) throw new FrameError('port 0');
  return { host, port, data: reader.rest() };
};

export const datagramBytes = ({ host, port, data }: SocksDatagram): Buffer => {
  const header = Buffer.concat([Buffer.of(0, 0, 0), hostBytes(host), Buffer.of(port >> 8, port & 255)]);
  return Buffer.concat([header, data]);
};

const readHost = (reader: Reader): string => {
  const kind = reader.uint(1);
  if (kind === ADDRESS.ipv4) return reader.bytes(4).join('.');
  if (kind === ADDRESS.ipv6) return ipaddr.fromByteArray([...reader.bytes(16)]).toString();
  if (kind !== ADDRESS.domain) throw new FrameError(`address type ${kind}`);
  const length = reader.uint(1);
  if (length === 0) throw new FrameError('an empty host name');
  return reader.bytes(length).toString('utf8');
};

const hostBytes = (host: string): Buffer => {
  if (isIPv4(host)) return Buffer.of(ADDRESS.ipv4, ...ipaddr.parse(host).toByteArray());
  if (isIPv6(host)) return Buffer.of(ADDRESS.ipv6, ...ipaddr.parse(host).toByteArray());
  const name = Buffer.from(host);
  return Buffer.concat([Buffer.of(ADDRESS.domain, name.length), name]);
};
