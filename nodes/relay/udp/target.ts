/** How a client names a UDP flow to the exit: behind the service's name, in the host of the stream that opens it. */
import { isFlow } from '../flows.ts';

export const UDP_SERVICE = 'udp';

export interface UdpTarget {
  readonly flow: number;
  readonly host: string;
  readonly port: number;
}

export const udpTargetName = ({ flow, host, port }: UdpTarget): string => `${UDP_SERVICE}/${flow}/${port}/${host}`;

/** Null for what no client of ours writes. */
export const readUdpTarget = (argument: string): UdpTarget | null => {
  const [, flow, port, host] = /^(\d{1,5})\/(\d{1,5})\/(.+)$/.exec(argument) ?? [];
  if (host === undefined || !isFlow(Number(flow)) || Number(port) < 1 || Number(port) > 65_535) return null;
  return { flow: Number(flow), port: Number(port), host };
};
