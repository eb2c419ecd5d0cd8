/** The servers of the plan as the relay near each one reaches them: a name, an address, a port; everybody else finds nothing there. */
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { UdpFlow, Waiting } from '../node.ts';
import type { PlacedOrigin } from '../origin-entry.ts';
import type { OriginPlan } from '../plan.ts';
import type { SimulatedLnd } from './lnd.ts';
import { socketPair } from './sockets.ts';
import { virtualUdp } from './udp.ts';
import type { Waits } from './waits.ts';

export type ServeOrigin = (socket: Duplex, now: () => number) => void;

export interface Origins {
  resolve(host: string, waiting?: Waiting): Promise<readonly string[]>;
  dial(address: string, port: number, waiting?: Waiting): Promise<Duplex>;
  dialUdp(address: string, port: number, waiting?: Waiting): Promise<UdpFlow>;
}

/** @param serve takes the server's end of a connection; without it every dial is refused. */
export function originsNear(lnd: SimulatedLnd, plans: readonly OriginPlan[], waits: Waits, serve: ServeOrigin | undefined): Origins {
  const near = placedNear(lnd, plans).map(({ plan, address }) => ({ ...plan, address }));
  const { time, costs } = lnd;
  return {
    resolve: (host, { signal } = {}) =>
      waits.until('resolve', signal, (settle) => {
        const addresses = isIP(host) ? [host] : [...new Set(near.filter(({ name }) => name === host).map(({ address }) => address))];
        time.after(costs.socketUs, () =>
          addresses.length > 0 ? settle.resolve(addresses) : settle.reject(failure('ENOTFOUND', `getaddrinfo ENOTFOUND ${host}`)),
        );
      }),
    dial: (address, port, { signal } = {}) =>
      waits.until('dial', signal, (settle) => {
        const origin = near.find((plan) => plan.address === address && plan.port === port);
        time.after(2 * costs.socketUs, () => {
          if (origin === undefined || serve === undefined) {
            settle.reject(failure('ECONNREFUSED', `connect ECONNREFUSED ${address}:${port}`));
          } else if (settle.open) {
            const [ours, theirs] = socketPair(time, costs, (bytes) => lnd.record('socket', null, bytes, 0));
            serve(theirs, () => time.nowUs / 1000);
            settle.resolve(ours);
          }
        });
      }),
    // UDP has no handshake: where nobody listens there is silence.
    dialUdp: async (address, port, { signal } = {}) => {
      signal?.throwIfAborted();
      const there = near.some((plan) => plan.address === address && plan.port === port);
      return virtualUdp(time, costs, there ? (bytes) => lnd.record('socket', null, bytes, 0) : null);
    },
  };
}

/** The origins that this node's relay reaches, and where. */
export function placedNear(lnd: SimulatedLnd, plans: readonly OriginPlan[]): readonly PlacedOrigin[] {
  return plans.map((plan, index) => ({ plan, address: addressOf(index) })).filter(({ plan }) => plan.near === lnd.name);
}

/** 10.255.x.y, one for each origin of the plan. */
function addressOf(index: number): string {
  return `10.255.${(index + 1) >> 8}.${(index + 1) & 255}`;
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
