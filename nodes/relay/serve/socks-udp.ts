/**
 * SOCKS5's UDP ASSOCIATE on one port for all clients. An association lives as long as the TCP connection that asked for it. Whose a
 * datagram is, its source address says: the first one from the client's own address takes the association that announced that port,
 * else the oldest that has none yet, and from then on only this source is heard. A client behind a published port of Docker's comes
 * from an address and port that it does not know itself, which is why it need not announce them.
 */
import type { RemoteInfo, Socket } from 'node:dgram';
import type { Clock, UdpFlow } from '../../node.ts';
import { FrameError } from '../wire/bytes.ts';
import type { ServedSession } from './served-sessions.ts';
import { datagramBytes, readDatagram, type SocksDatagram } from './socks-datagram.ts';

export const ASSOCIATIONS_MAX = 256;
/** Targets of one association; for one more, that which was used longest ago is given up. */
const FLOWS_PER_ASSOCIATION_MAX = 64;
/** Datagrams of one flow that wait for the exit to open it, and bytes of all that wait in an association: 16 MiB in a relay at most. */
const WAITING_MAX = 32;
const WAITING_BYTES_MAX = 65_536;
/** What the exit refused is not asked for again before this has passed. */
const REFUSED_MS = 5_000;
/** Bytes that wait for the kernel to hand them to clients; past them datagrams are dropped. */
const QUEUED_BYTES_MAX = 4 << 20;

/** What became of datagrams, by name. */
export interface UdpCounts {
  sent: number;
  received: number;
  droppedTooLong: number;
  droppedNoRoom: number;
  droppedRefused: number;
  droppedUnknownSource: number;
  droppedMalformed: number;
}

interface Flow {
  readonly host: string;
  readonly port: number;
  open: UdpFlow | undefined;
  refusedUntilMs: number;
  usedMs: number;
  waiting: Uint8Array[];
}

export interface Association {
  readonly served: ServedSession;
  readonly clientAddress: string;
  /** 0: not known to the client. */
  readonly clientPort: number;
  source: { readonly address: string; readonly port: number } | undefined;
  readonly flows: Map<string, Flow>;
  waitingBytes: number;
  readonly over: AbortController;
}

export class UdpAssociations {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #all = new Set<Association>();
  readonly #bySource = new Map<string, Association>();
  readonly counts: UdpCounts = {
    sent: 0,
    received: 0,
    droppedTooLong: 0,
    droppedNoRoom: 0,
    droppedRefused: 0,
    droppedUnknownSource: 0,
    droppedMalformed: 0,
  };

  /** @param socket bound; whoever bound it closes it. */
  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.on('message', (bytes, from) => this.#fromClient(bytes, from));
  }

  get size(): number {
    return this.#all.size;
  }

  /** Undefined past ASSOCIATIONS_MAX. */
  open(served: ServedSession, clientAddress: string, clientPort: number): Association | undefined {
    if (this.#all.size >= ASSOCIATIONS_MAX) return undefined;
    const association = {
      served,
      clientAddress,
      clientPort,
      source: undefined,
      flows: new Map(),
      waitingBytes: 0,
      over: new AbortController(),
    };
    this.#all.add(association);
    return association;
  }

  close(association: Association): void {
    if (!this.#all.delete(association)) return;
    if (association.source !== undefined) this.#bySource.delete(key(association.source));
    association.over.abort(new FrameError('the association is over'));
    for (const { open } of association.flows.values()) open?.close();
    association.flows.clear();
  }

  #fromClient(bytes: Uint8Array, from: RemoteInfo): void {
    const association = this.#bySource.get(key(from)) ?? this.#bind(from);
    if (association === undefined) {
      this.counts.droppedUnknownSource += 1;
      return;
    }
    try {
      this.#send(association, readDatagram(bytes));
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.counts.droppedMalformed += 1;
    }
  }

  #bind({ address, port }: RemoteInfo): Association | undefined {
    const free = [...this.#all].filter(({ source, clientAddress }) => source === undefined && clientAddress === plainAddress(address));
    const association = free.find(({ clientPort }) => clientPort === port) ?? free.find(({ clientPort }) => clientPort === 0) ?? free[0];
    if (association === undefined) return undefined;
    association.source = { address, port };
    this.#bySource.set(key(association.source), association);
    return association;
  }

  #send(association: Association, { host, port, data }: SocksDatagram): void {
    const nowMs = this.#clock.now();
    const known = association.flows.get(`${host}:${port}`);
    const again = known === undefined || (known.refusedUntilMs > 0 && known.refusedUntilMs <= nowMs);
    const flow = again ? this.#open(association, host, port) : known;
    flow.usedMs = nowMs;
    if (flow.open !== undefined) this.#pass(flow.open, data);
    else if (flow.refusedUntilMs > 0) this.counts.droppedRefused += 1;
    else if (flow.waiting.length >= WAITING_MAX || association.waitingBytes + data.length > WAITING_BYTES_MAX)
      this.counts.droppedNoRoom += 1;
    else {
      flow.waiting.push(data);
      association.waitingBytes += data.length;
    }
  }

  #pass(flow: UdpFlow, data: Uint8Array): void {
    if (flow.send(data)) this.counts.sent += 1;
    else if (data.length > flow.bytesMax) this.counts.droppedTooLong += 1;
    else this.counts.droppedNoRoom += 1;
  }

  #open(association: Association, host: string, port: number): Flow {
    const { flows, served, over } = association;
    if (flows.size >= FLOWS_PER_ASSOCIATION_MAX) this.#giveUpOldest(association);
    const flow: Flow = { host, port, open: undefined, refusedUntilMs: 0, usedMs: 0, waiting: [] };
    const name = `${host}:${port}`;
    flows.set(name, flow);
    const gone = (): void => {
      if (flows.get(name) === flow) flows.delete(name);
    };
    const taken = (): readonly Uint8Array[] => {
      const waited = flow.waiting.splice(0);
      association.waitingBytes -= waited.reduce((sum, { length }) => sum + length, 0);
      return waited;
    };
    served.session.openUdp(host, port, { signal: over.signal }).then(
      (open) => {
        if (flows.get(name) !== flow) {
          taken();
          return open.close();
        }
        flow.open = open;
        open.onClosed(gone);
        open.onDatagram((bytes) => this.#toClient(association, flow, bytes));
        for (const data of taken()) this.#pass(open, data);
      },
      (error: Error) => {
        flow.refusedUntilMs = this.#clock.now() + REFUSED_MS;
        this.counts.droppedRefused += taken().length;
        if (!over.signal.aborted) served.failed({ host, port, error: error.name, message: error.message });
      },
    );
    return flow;
  }

  #giveUpOldest({ flows }: Association): void {
    const [name, flow] = [...flows].reduce((oldest, next) => (next[1].usedMs < oldest[1].usedMs ? next : oldest));
    flows.delete(name);
    flow.open?.close();
  }

  #toClient({ source }: Association, { host, port }: Flow, data: Uint8Array): void {
    if (source === undefined) return;
    if (this.#socket.getSendQueueSize() > QUEUED_BYTES_MAX) {
      this.counts.droppedNoRoom += 1;
      return;
    }
    this.counts.received += 1;
    this.#socket.send(datagramBytes({ host, port, data }), source.port, source.address, () => {});
  }
}

const key = ({ address, port }: { readonly address: string; readonly port: number }): string => `${plainAddress(address)} ${port}`;

/** A socket for both families calls IPv4 clients by their mapped addresses. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');
