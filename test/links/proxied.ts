/** An edge of the proxy in this process, between a dialler and a server of the test's own, on a clock that the test moves. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import type { Alarms } from '../../nodes/docker/proxy/alarms.ts';
import { Edge } from '../../nodes/docker/proxy/edge.ts';
import { LINK_CLEAN, type LinkPlan } from '../../nodes/plan.ts';
import { SeededRandom } from '../../nodes/seeded-random.ts';
import { freeTcpPorts } from '../free-ports.ts';

/** Turns of the loop within which loopback has done what it was told; sockets need a few each way. */
const TURNS = 60;

export class Hand implements Alarms {
  #nowUs = 0;
  readonly #set = new Map<object, { atUs: number; ring: () => void }>();

  nowUs(): number {
    return this.#nowUs;
  }

  alarm(ring: () => void) {
    const key = {};
    return {
      set: (atUs: number) => void this.#set.set(key, { atUs, ring }),
      clear: () => void this.#set.delete(key),
    };
  }

  /** Alarms ring at their time, in order; sockets have their turns before and after each. */
  async advance(ms: number): Promise<void> {
    const endUs = this.#nowUs + ms * 1_000;
    for (;;) {
      await settle();
      const [next] = [...this.#set].sort(([, one], [, other]) => one.atUs - other.atUs);
      if (next === undefined || next[1].atUs > endUs) break;
      this.#set.delete(next[0]);
      this.#nowUs = Math.max(this.#nowUs, next[1].atUs);
      next[1].ring();
    }
    this.#nowUs = endUs;
    await settle();
  }
}

export const settle = async (): Promise<void> => {
  for (let count = 0; count < TURNS; count++) await turn();
};

export interface Proxied extends AsyncDisposable {
  readonly edge: Edge;
  readonly hand: Hand;
  /** As n0, which dials n1. */
  dial(): Promise<Socket>;
  /** The server's side of the latest connection. */
  readonly accepted: readonly Socket[];
}

export const proxied = async (link: Partial<LinkPlan> = {}): Promise<Proxied> => {
  const accepted: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    accepted.push(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const [first, second] = await freeTcpPorts(2);
  const target = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  const hand = new Hand();
  const plan = {
    ends: [
      { name: 'n0', listenPort: first!, target },
      { name: 'n1', listenPort: second!, target },
    ] as const,
    link: { ...LINK_CLEAN, ...link },
  };
  const edge = new Edge(plan, new SeededRandom(1), hand);
  await edge.listen('127.0.0.1');
  const dialled: Socket[] = [];
  return {
    edge,
    hand,
    accepted,
    async dial() {
      const socket = connect({ port: second!, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
      socket.on('error', () => {});
      dialled.push(socket);
      await once(socket, 'connect');
      await settle();
      return socket;
    },
    async [Symbol.asyncDispose]() {
      edge.close();
      for (const socket of [...dialled, ...accepted]) socket.destroy();
      server.close();
    },
  };
};

/** What has come over a socket so far, and how it ended. */
export const listenTo = (socket: Socket) => {
  const chunks: Buffer[] = [];
  const heard = { ended: false, reset: false, bytes: () => Buffer.concat(chunks) };
  socket.on('data', (chunk) => chunks.push(chunk as Buffer));
  socket.on('end', () => {
    heard.ended = true;
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    heard.reset = error.code === 'ECONNRESET';
  });
  return heard;
};
