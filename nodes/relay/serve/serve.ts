/** A relay for programs outside its process: HTTP API and SOCKS5 around an engine. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Clock, RelayClient } from '../../node.ts';
import { openApi } from './api.ts';
import { ServedSessions } from './served-sessions.ts';
import { openSocks } from './socks.ts';

export interface ServeOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly apiPort: number;
  readonly socksPort: number;
  readonly token: string;
  readonly clock: Clock;
}

export interface ServedRelay extends AsyncDisposable {
  readonly apiPort: number;
  readonly socksPort: number;
}

/** @throws what listening throws: a port in use, say. */
export const serveRelay = async (relay: RelayClient, { host, apiPort, socksPort, token, clock }: ServeOptions): Promise<ServedRelay> => {
  const sessions = new ServedSessions(relay);
  const api = openApi({ relay, sessions, token });
  const socks = openSocks({ sessions, clock });
  const connections = new Set<{ destroy(): void }>();
  socks.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  await api.listen({ host, port: apiPort });
  try {
    socks.listen({ host, port: socksPort });
    await once(socks, 'listening');
  } catch (error) {
    await api.close();
    throw error;
  }
  return {
    apiPort: (api.server.address() as AddressInfo).port,
    socksPort: (socks.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      socks.close();
      await sessions.closeAll();
      for (const connection of connections) connection.destroy();
      await api.close();
    },
  };
};
