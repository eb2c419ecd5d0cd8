/** The exit's end of IP tunnels: `tun/flow/address/bits` asks for one, and the stream that asked lasts as long as it. */
import type { Log } from '../../node.ts';
import { isFlow } from '../flows.ts';
import type { Service } from '../services.ts';
import { isHost, readTunnelAddress, sameSubnet, tunnelAddressText } from './subnet.ts';
import { IP_TUNNELS_MAX, noCounts, type Passage, type TunnelEnd } from './tunnel-end.ts';

export const TUN_SERVICE = 'tun';

export const tunName = (flow: number, address: string): string => `${TUN_SERVICE}/${flow}/${address}`;

export const tunService =
  (end: TunnelEnd, log: Log): Service =>
  (stream, session, argument) => {
    const [, number, text] = /^(\d{1,5})\/(.+)$/.exec(argument) ?? [];
    const client = readTunnelAddress(text ?? '');
    const flow = Number(number);
    if (client === null || !isFlow(flow)) return stream.refuse('an IP tunnel is asked for as tun/flow/address/bits');
    if (!sameSubnet(client, end.own) || !isHost(client.address, end.own))
      return stream.refuse(`the subnet of this exit's tunnels is that of ${tunnelAddressText(end.own)}`);
    if (end.clients >= IP_TUNNELS_MAX) return stream.refuse(`${IP_TUNNELS_MAX} IP tunnels end here: that is the limit`);
    const passage: Passage = { session, flow, far: client.address, counts: noCounts() };
    if (!end.add(passage)) return stream.refuse(`${tunnelAddressText(client)} is taken`);
    const { duplex } = stream;
    let deaf = (): void => {};
    duplex.once('close', () => {
      deaf();
      end.remove(passage);
      log(`exit: an IP tunnel ended: ${JSON.stringify(passage.counts)}`);
    });
    try {
      deaf = session.onDatagram(flow, (packet) => end.fromTunnel(passage, packet));
    } catch (error) {
      return stream.refuse((error as Error).message);
    }
    duplex.once('end', () => duplex.destroy());
    duplex.resume();
    stream.opened();
  };
