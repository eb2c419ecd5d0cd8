/** A relay in another process as a RelayClient: its API over HTTP, its streams over SOCKS5. */
import { isIPv6, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ipaddr from 'ipaddr.js';
import { SocksClient } from 'socks';
import { InfrastructureError, RefusedError, SessionError } from '../errors.ts';
import type {
  ConnectRelay,
  IpTunnelStats,
  RelayClient,
  RelayEndpoint,
  RelayLedger,
  RelaySession,
  SessionStats,
  UnitsReceived,
  UnitsSent,
  Waiting,
} from '../node.ts';
import type { RelayHello } from '../relay-hello.ts';
import { remoteInvoices } from './invoices.ts';
import { remoteMessages } from './messages/remote.ts';
import { remoteOwnNode } from './own-node.ts';
import { remotePages } from './pages/remote.ts';
import { remoteEvents } from './remote-events.ts';
import { errorOf, type Problem } from './serve/problem.ts';
import type { Failure } from './serve/served-sessions.ts';
import { udpThroughSocks } from './udp/through-socks.ts';

/** Longer than the relay's own wait for the exit. */
const CONNECT_TIMEOUT_MS = 120_000;

export const connectRelay: ConnectRelay = (endpoint): RelayClient => {
  const ask = asker(endpoint);
  const call: Call = async <T>(method: string, path: string, waiting?: Waiting, body?: object) =>
    (await (await ask(method, path, waiting, body)).json()) as T;
  return {
    node: endpoint.node,
    publicKey: endpoint.publicKey,
    async openSession({ signal, ...request }) {
      const opened = await call<OpenedSession>('POST', '/v1/sessions', { signal }, request);
      return remoteSession(endpoint, opened, call);
    },
    sendUnits: ({ signal, ...request }) => call<UnitsSent>('POST', '/v1/units', { signal }, request),
    receivedUnits: (id, waiting) => call<UnitsReceived>('GET', `/v1/units/${encodeURIComponent(id)}`, waiting),
    ledger: (waiting) => call<RelayLedger>('GET', '/v1/ledger', waiting),
    pages: remotePages(call, (path, waiting, body) => ask('POST', path, waiting, body), endpoint.gatewayPort ?? null),
    messages: remoteMessages(call),
    own: remoteOwnNode(call),
    invoices: remoteInvoices(call),
    hello: ({ of, carrier, signal }) =>
      call<RelayHello>('GET', `/v1/relays/${of}${carrier === undefined ? '' : `?carrier=${carrier}`}`, { signal }),
    events: (waiting) => remoteEvents(endpoint, waiting),
  };
};

type OpenedSession = Pick<RelaySession, 'id' | 'hops' | 'identity' | 'choice'>;

const remoteSession = (endpoint: RelayEndpoint, { id, hops, identity, choice }: OpenedSession, call: Call): RelaySession => ({
  id,
  hops,
  identity,
  choice,
  async connect(host, port, waiting = {}) {
    waiting.signal?.throwIfAborted();
    try {
      return await throughSocks(endpoint, id, host, port, waiting);
    } catch (cause) {
      waiting.signal?.throwIfAborted();
      throw (await failureOf(id, host, port, call, waiting)) ?? new SessionError(`no connection to ${host}:${port}`, { cause });
    }
  },
  async openUdp(host, port, waiting) {
    const { bytesMax } = await call<{ bytesMax: number }>('POST', `/v1/sessions/${id}/udp`, waiting, { host, port });
    return udpThroughSocks({ endpoint, user: id, host, port, bytesMax }, waiting);
  },
  async openIp(waiting) {
    const at = `/v1/sessions/${id}/ip`;
    const { address, mtu } = await call<{ address: string; mtu: number }>('POST', at, waiting);
    return {
      address,
      mtu,
      stats: (asking) => call<IpTunnelStats>('GET', at, asking),
      async [Symbol.asyncDispose]() {
        await call('DELETE', at);
      },
    };
  },
  async ping(waiting) {
    return (await call<{ ms: number }>('POST', `/v1/sessions/${id}/ping`, waiting)).ms;
  },
  stats: (waiting) => call<SessionStats>('GET', `/v1/sessions/${id}`, waiting),
  payment: {
    quote: (waiting) => call('POST', `/v1/sessions/${id}/quote`, waiting),
    accept: (nonce, units, waiting) => call('POST', `/v1/sessions/${id}/accept`, waiting, { nonce, units }),
    refresh: (units, waiting) => call('POST', `/v1/sessions/${id}/refresh`, waiting, { units }),
    prepay: (amountMsat, waiting) => call('POST', `/v1/sessions/${id}/prepay`, waiting, { amountMsat }),
    payAsServed: (maxMsat, waiting) => call('POST', `/v1/sessions/${id}/pay-as-served`, waiting, { maxMsat }),
    close: (waiting) => call('POST', `/v1/sessions/${id}/close-contract`, waiting),
    account: (waiting) => call('GET', `/v1/sessions/${id}/account`, waiting),
  },
  async [Symbol.asyncDispose]() {
    await call('DELETE', `/v1/sessions/${id}`);
  },
});

/** What the relay remembers of the last failure to reach this target through this session. */
const failureOf = async (id: string, host: string, port: number, call: Call, waiting: Waiting = {}): Promise<Error | undefined> => {
  const failures = await call<readonly Failure[]>('GET', `/v1/sessions/${id}/failures`, waiting);
  // The relay knows an IPv6 address by its short form.
  const named = isIPv6(host) ? ipaddr.parse(host).toString() : host;
  const failure = failures.findLast((known) => known.host === named && known.port === port);
  if (failure === undefined) return undefined;
  return failure.error === 'RefusedError' ? new RefusedError(failure.message) : errorOf(failure);
};

const throughSocks = async (
  { socksHost, socksPort }: RelayEndpoint,
  id: string,
  host: string,
  port: number,
  { signal }: Waiting,
): Promise<Duplex> => {
  const connecting = SocksClient.createConnection({
    command: 'connect',
    proxy: { type: 5, host: socksHost, port: socksPort, userId: id, password: id },
    destination: { host, port },
    timeout: CONNECT_TIMEOUT_MS,
    set_tcp_nodelay: true,
  });
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => {
    aborted.reject(signal?.reason);
    connecting.then(({ socket }) => socket.destroy()).catch(() => {});
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const { socket } = await Promise.race([connecting, aborted.promise]);
    (socket as Socket).allowHalfOpen = true;
    socket.on('error', () => {}); // whoever owns it hears it too; nobody may own it yet
    return socket;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
};

type Call = <T>(method: 'GET' | 'POST' | 'DELETE', path: string, waiting?: Waiting, body?: object) => Promise<T>;

/** @throws the error that the relay names, InfrastructureError when it does not answer. */
const asker =
  ({ node, apiUrl, token }: Pick<RelayEndpoint, 'node' | 'apiUrl' | 'token'>) =>
  async (method: string, path: string, { signal }: Waiting = {}, body?: object): Promise<Response> => {
    const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    let response: Response;
    try {
      response = await fetch(new URL(path, apiUrl), {
        method,
        headers,
        signal: signal ?? null,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      signal?.throwIfAborted();
      throw new InfrastructureError(`the relay beside ${node} does not answer at ${apiUrl}`, { cause });
    }
    if (!response.ok) throw errorOf((await response.json()) as Problem);
    return response;
  };
