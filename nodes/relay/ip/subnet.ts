/** The addresses of one tunnel: a block of IPv4 of which each end has one. */
import { addressNumber, addressText } from '../../ipv4.ts';

const BITS_MIN = 16;
/** /30 has two hosts. */
const BITS_MAX = 30;

export interface TunnelAddress {
  readonly address: number;
  readonly bits: number;
}

/** `10.77.0.1/24`; null for what is none, or where the address is the network's own or its broadcast. */
export const readTunnelAddress = (text: string): TunnelAddress | null => {
  const [host = '', bits = '', ...rest] = text.split('/');
  const address = addressNumber(host);
  if (address === null || rest.length > 0 || !/^\d{1,2}$/.test(bits)) return null;
  const read = { address, bits: Number(bits) };
  return read.bits >= BITS_MIN && read.bits <= BITS_MAX && isHost(address, read) ? read : null;
};

export const tunnelAddressText = ({ address, bits }: TunnelAddress): string => `${addressText(address)}/${bits}`;

/** One of the hosts of that block. */
export const isHost = (address: number, { address: base, bits }: TunnelAddress): boolean => {
  const size = 2 ** (32 - bits);
  const within = address % size;
  return address - within === base - (base % size) && within !== 0 && within !== size - 1;
};

export const sameSubnet = (one: TunnelAddress, other: TunnelAddress): boolean => one.bits === other.bits && isHost(one.address, other);
