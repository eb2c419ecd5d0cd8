/** A relay that echoes at echo:80, refuses bank, and whose budget ends at the second session. */
import { createSocket } from 'node:dgram';
import { Duplex, PassThrough } from 'node:stream';
import { FeeLimitError, PayloadTooLargeError, RefusedError } from '../../nodes/errors.ts';
import type { RelayClient, RelaySession } from '../../nodes/node.ts';
import { connectRelay } from '../../nodes/relay/client.ts';
import { type Emit, Events } from '../../nodes/relay/events.ts';
import { Forwards } from '../../nodes/relay/serve/forwards.ts';
import { OnDemandSessions } from '../../nodes/relay/serve/on-demand.ts';
import type { Served } from '../../nodes/relay/serve/route.ts';
import { serveRelay } from '../../nodes/relay/serve/serve.ts';
import { ServedSessions } from '../../nodes/relay/serve/served-sessions.ts';
import { UdpAssociations } from '../../nodes/relay/serve/socks-udp.ts';
import { wallClock } from '../../nodes/wall.ts';
import { noPages } from '../pages/no-pages.ts';
import { fakeHello } from './fake-hello.ts';
import { fakeInvoices } from './fake-invoices.ts';
import { fakeOwnNode } from './fake-own-node.ts';
import { noMessages } from './no-messages.ts';

export const FAKE_KEY = '02'.padEnd(66, 'a');
export const FAKE_SESSION = '00112233445566ff';

export const fakeRelay = (): RelayClient & { closed: number; readonly emit: Emit } => {
  let sessions = 0;
  const events = new Events(wallClock);
  const relay = {
    closed: 0,
    node: 'n0',
    publicKey: FAKE_KEY,
    async openSession(): Promise<RelaySession> {
      if (sessions++ > 0) throw new FeeLimitError('the budget is used up', { hint: 'more' });
      return {
        id: FAKE_SESSION,
        hops: 5,
        identity: 'anonymous',
        async connect(host) {
          if (host === 'bank') throw new RefusedError('not allowed: bank:443 is not on the list');
          if (host === '::1') throw new RefusedError('not allowed: ::1');
          if (host === 'down') throw new RefusedError('down:80 cannot be reached');
          return echo();
        },
        openUdp: async () => {
          throw new RefusedError('no UDP here');
        },
        openIp: async () => {
          throw new RefusedError('no TUN here');
        },
        ping: async () => 12.5,
        stats: async () => ({
          unitsSent: 1,
          unitsReceived: 2,
          unitsLost: 3,
          bytesSent: 4,
          bytesReceived: 5,
          datagramsSent: 0,
          datagramsReceived: 0,
          datagramsDropped: 0,
          moves: 0,
        }),
        async [Symbol.asyncDispose]() {
          relay.closed += 1;
        },
      };
    },
    pages: noPages,
    messages: noMessages(),
    own: fakeOwnNode,
    invoices: fakeInvoices,
    hello: fakeHello,
    async sendUnits() {
      throw new PayloadTooLargeError('peer-message', 70_000, 65_528);
    },
    receivedUnits: async () => ({ count: 1, bytes: 2, firstMs: 3, lastMs: 4, latencyMs: [5.5], arrivedMs: [3] }),
    events: async () => events.listen(),
    emit: events.emit,
    ledger: async () => ({ deliveredMsat: 1, feesMsat: 2, receivedMsat: 3, htlcsSettled: 4, htlcsFailed: 5, budgetMsat: 6, routes: [] }),
  };
  return relay;
};

/** What the API's routes speak to, with nothing listening. */
export const fakeServed = (relay: RelayClient, token = 'a'.repeat(64)): Served => {
  const sessions = new ServedSessions(relay);
  const onDemand = new OnDemandSessions({ sessions, clock: wallClock, nodeKey: async () => FAKE_KEY });
  const forwards = new Forwards({ sessions, clock: wallClock, host: '127.0.0.1' });
  return { relay, token, sessions, forwards, socks: { udp: new UdpAssociations(createSocket('udp4'), wallClock), udpPort: 1, onDemand } };
};

const echo = (): Duplex => {
  const through = new PassThrough();
  return Duplex.from({ readable: through, writable: through });
};

/** A fake relay with its API and SOCKS on free ports, and a client of it. */
export const serveFake = async () => {
  const token = 'a'.repeat(64);
  const relay = fakeRelay();
  const server = await serveRelay(relay, {
    host: '127.0.0.1',
    apiPort: 0,
    socksPort: 0,
    socksUdpPort: 0,
    onDemand: 'token',
    nodeKey: async () => FAKE_KEY,
    token,
    clock: wallClock,
  });
  const endpoint = {
    node: 'n0',
    publicKey: FAKE_KEY,
    apiUrl: `http://127.0.0.1:${server.apiPort}`,
    socksHost: '127.0.0.1',
    socksPort: server.socksPort,
    socksUdpPort: server.socksUdpPort,
    token,
  };
  return { relay, server, endpoint, client: connectRelay(endpoint, wallClock) };
};
