/** A bridge network on which containers can be given addresses: LND knows bitcoind and its peers by them, over restarts too. */
import { isIPv4 } from 'node:net';
import type Docker from 'dockerode';
import { InfrastructureError } from '../errors.ts';

export interface Subnet extends AsyncDisposable {
  readonly name: string;
  readonly id: string;
  /** Far from those that Docker gives out itself, lowest first. */
  address(index: number): string;
}

/** Another run may take the same range between our look and our asking. */
const TRIES_MAX = 10;
const OVERLAPS = /overlap|already (in use|exists)/i;

/** Docker takes addresses only on networks whose range was asked for: so it is let pick one, and is asked for that. */
export const createSubnet = async (docker: Docker, name: string, labels: Readonly<Record<string, string>>): Promise<Subnet> => {
  for (let tries = 1; ; tries++)
    try {
      const range = await freeRange(docker, name, labels);
      const network = await docker.createNetwork({
        Name: name,
        Driver: 'bridge',
        Labels: { ...labels },
        IPAM: { Config: [{ Subnet: range }] },
      });
      return {
        name,
        id: network.id,
        address: (index) => addressIn(range, index),
        [Symbol.asyncDispose]: async () => {
          await network.remove();
        },
      };
    } catch (error) {
      if (tries === TRIES_MAX || !OVERLAPS.test(String(error))) throw error;
    }
};

const freeRange = async (docker: Docker, name: string, labels: Readonly<Record<string, string>>): Promise<string> => {
  const probe = await docker.createNetwork({ Name: name, Driver: 'bridge', Labels: { ...labels } });
  try {
    const { IPAM } = (await probe.inspect()) as { IPAM?: { Config?: { Subnet?: string }[] } };
    const range = IPAM?.Config?.map(({ Subnet }) => Subnet).find((subnet) => isIPv4(subnet?.split('/')[0] ?? ''));
    if (range === undefined) throw new InfrastructureError(`Docker gave the network ${name} no range of IPv4 addresses`);
    return range;
  } finally {
    await probe.remove();
  }
};

/** The upper half, from its beginning. `range` as in 172.18.0.0/16. */
export const addressIn = (range: string, index: number): string => {
  const [base = '', bits = ''] = range.split('/');
  const half = 2 ** (31 - Number(bits));
  if (index >= half - 1) throw new InfrastructureError(`${range} has no room for ${index + 1} addresses in its upper half`);
  const start = base.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const address = start + half + index;
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
};
