/** A relay for programs outside its process: HTTP API and SOCKS5, TCP and UDP, around an engine. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import '../../async-stack.ts';
import type { Clock, RelayClient } from '../../node.ts';
import { openApi } from './api.ts';
import { Forwards } from './forwards.ts';
import { type NodeKey, OnDemandSessions } from './on-demand.ts';
import { ServedSessions } from './served-sessions.ts';
import { openSocks } from './socks.ts';
import { UdpAssociations } from './socks-udp.ts';
import { sameToken } from './token.ts';

export interface ServeOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly apiPort: number;
  readonly socksPort: number;
  /** Datagrams of SOCKS5 clients; the same number outside wherever the port is published. */
  readonly socksUdpPort: number;
  /** Who may have a session opened by naming an exit to SOCKS5: whoever gives the token as password, or anyone who reaches the port. */
  readonly onDemand: 'token' | 'anyone';
  readonly nodeKey: NodeKey;
  readonly token: string;
  readonly clock: Clock;
}

export interface ServedRelay extends AsyncDisposable {
  readonly apiPort: number;
  readonly socksPort: number;
  readonly socksUdpPort: number;
}

/** @throws what listening throws: a port in use, say. */
export const serveRelay = async (relay: RelayClient, options: ServeOptions): Promise<ServedRelay> => {
  const { host, token, clock, nodeKey } = options;
  await using stack = new AsyncDisposableStack();
  const sessions = stack.adopt(new ServedSessions(relay), (all) => all.closeAll());
  const onDemand = stack.adopt(new OnDemandSessions({ sessions, clock, nodeKey }), (all) => all.closeAll());
  const datagrams = createSocket('udp4');
  datagrams.bind(options.socksUdpPort, host);
  await once(datagrams, 'listening');
  datagrams.on('error', () => {}); // one datagram that could not be sent
  stack.defer(() => void datagrams.close());
  const socksUdpPort = datagrams.address().port;
  const udp = new UdpAssociations(datagrams, clock);
  const mayOpen = (password: string) => options.onDemand === 'anyone' || sameToken(password, token);
  const socks = openSocks({ sessions, onDemand, mayOpen, udp, udpPort: socksUdpPort, clock });
  const connections = new Set<{ destroy(): void }>();
  socks.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  const forwards = stack.adopt(new Forwards({ sessions, clock, host }), (all) => all.closeAll());
  const api = openApi({ relay, sessions, forwards, socks: { udp, udpPort: socksUdpPort, onDemand }, token });
  await api.listen({ host, port: options.apiPort });
  stack.defer(() => api.close());
  socks.listen({ host, port: options.socksPort });
  await once(socks, 'listening');
  stack.defer(() => {
    socks.close();
    for (const connection of connections) connection.destroy();
  });
  const owned = stack.move();
  return {
    apiPort: (api.server.address() as AddressInfo).port,
    socksPort: (socks.address() as AddressInfo).port,
    socksUdpPort,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};
