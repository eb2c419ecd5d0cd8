/** One edge: a port for each end that is dialled, the connections over it, and what an event does to them. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { CutManner } from '../../faults.ts';
import { type LinkChance, LinkDirection } from '../../link.ts';
import type { LinkPlan } from '../../plan.ts';
import type { SeededRandom } from '../../seeded-random.ts';
import type { Alarms } from './alarms.ts';
import type { EdgeFindings, ProxyEdge } from './configuration.ts';
import { ErrorHistogram } from './error-histogram.ts';
import { Pipe } from './pipe.ts';

const US_PER_MS = 1_000;

/** One TCP connection through the proxy. Sockets and pipes by end; the far one is not there before it was dialled. */
interface Crossing {
  readonly sockets: [Socket | null, Socket | null];
  readonly pipes: Pipe[];
  /** Dials the far end once the edge is no black hole. */
  dial: (() => void) | null;
}

export class Edge {
  readonly #plan: ProxyEdge;
  readonly #alarms: Alarms;
  /** By the end that sends. */
  readonly #directions: readonly [LinkDirection, LinkDirection];
  readonly #error = new ErrorHistogram();
  readonly #bytes: [number, number] = [0, 0];
  readonly #crossings = new Set<Crossing>();
  readonly #servers: Server[] = [];
  #connections = 0;
  #cut: CutManner | null = null;
  /** Ends that a half-open cut left alone. */
  readonly #left = new Set<Socket>();

  constructor(plan: ProxyEdge, random: SeededRandom, alarms: Alarms) {
    this.#plan = plan;
    this.#alarms = alarms;
    const direction = (end: 0 | 1): LinkDirection =>
      new LinkDirection(plan.link, chanceOf(random.split(plan.ends[end].name)), alarms.nowUs());
    this.#directions = [direction(0), direction(1)];
  }

  get ends(): readonly [string, string] {
    return [this.#plan.ends[0].name, this.#plan.ends[1].name];
  }

  async listen(host: string): Promise<void> {
    for (const end of [0, 1] as const) {
      const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => this.#accept(socket, end));
      this.#servers.push(server);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      server.once('error', reject).listen(this.#plan.ends[end].listenPort, host, resolve);
      await promise;
    }
  }

  /** `reset`: the end that a half-open cut tells; the other one is left alone. */
  cut(how: CutManner, reset: 0 | 1): void {
    this.#resetLeft();
    this.#cut = how;
    for (const crossing of [...this.#crossings]) {
      if (how === 'blackhole') for (const pipe of crossing.pipes) pipe.hold();
      else if (how === 'reset') this.#end(crossing, [0, 1]);
      else this.#end(crossing, [reset]);
    }
  }

  heal(): void {
    this.#cut = null;
    this.#resetLeft();
    for (const { dial, pipes } of this.#crossings) {
      dial?.();
      for (const pipe of pipes) pipe.release();
    }
  }

  change(link: LinkPlan): void {
    for (const direction of this.#directions) direction.change(link, this.#alarms.nowUs());
  }

  restore(): void {
    this.heal();
    this.change(this.#plan.link);
  }

  findings(): EdgeFindings {
    return { ends: this.ends, connections: this.#connections, bytes: [...this.#bytes], error: this.#error.summary() };
  }

  close(): void {
    for (const server of this.#servers) server.close();
    for (const crossing of [...this.#crossings]) this.#end(crossing, [0, 1]);
    this.heal();
  }

  /** `dialled` is the end that is meant: the other one has come. */
  #accept(socket: Socket, dialled: 0 | 1): void {
    socket.on('error', () => {});
    if (this.#cut === 'reset' || this.#cut === 'half-open') {
      socket.resetAndDestroy();
      return;
    }
    const came = (1 - dialled) as 0 | 1;
    const crossing: Crossing = { sockets: [null, null], pipes: [], dial: null };
    crossing.sockets[came] = socket;
    socket.on('close', () => this.#closed(crossing, came));
    this.#crossings.add(crossing);
    this.#connections += 1;
    // SYN there, SYN-ACK back: only then can whoever dials send. It has our kernel's answer already, so its first bytes count as sent later.
    const sentUs = this.#alarms.nowUs();
    const onWayUs = this.#directions[came].link.delayMs * US_PER_MS;
    const backUs = this.#directions[dialled].link.delayMs * US_PER_MS;
    const dial = (): void => {
      if (this.#cut === 'blackhole') {
        crossing.dial = dial;
        return;
      }
      crossing.dial = null;
      if (this.#crossings.has(crossing)) this.#dial(crossing, came, sentUs + onWayUs + backUs);
    };
    if (onWayUs === 0) dial();
    else this.#alarms.alarm(dial).set(sentUs + onWayUs);
  }

  #dial(crossing: Crossing, came: 0 | 1, sentFromUs: number): void {
    const dialled = (1 - came) as 0 | 1;
    const near = crossing.sockets[came]!;
    const far = connect({ ...this.#plan.ends[dialled].target, allowHalfOpen: true, noDelay: true });
    crossing.sockets[dialled] = far;
    far.on('error', () => {});
    far.on('close', () => this.#closed(crossing, dialled));
    far.once('connect', () => {
      if (crossing.sockets[came] === null) {
        far.resetAndDestroy();
        return;
      }
      crossing.pipes.push(this.#pipe(near, far, came, sentFromUs), this.#pipe(far, near, dialled, 0));
      if (this.#cut === 'blackhole') for (const pipe of crossing.pipes) pipe.hold();
      else near.resume();
    });
    // Refused: whoever dialled learns it a way back later.
    far.once('close', () => {
      if (crossing.pipes.length > 0) return;
      this.#alarms.alarm(() => near.resetAndDestroy()).set(this.#alarms.nowUs() + this.#directions[dialled].link.delayMs * US_PER_MS);
    });
  }

  #pipe(source: Socket, sink: Socket, sender: 0 | 1, sentFromUs: number): Pipe {
    return new Pipe({
      source,
      sink,
      direction: this.#directions[sender],
      alarms: this.#alarms,
      error: this.#error,
      count: (bytes) => {
        this.#bytes[sender] += bytes;
      },
      sentFromUs,
    });
  }

  #end(crossing: Crossing, ends: readonly (0 | 1)[]): void {
    for (const pipe of crossing.pipes) pipe.hold();
    this.#forget(crossing);
    for (const end of [0, 1] as const) {
      const socket = crossing.sockets[end];
      if (socket === null) continue;
      if (ends.includes(end)) socket.resetAndDestroy();
      else this.#left.add(socket.once('close', () => this.#left.delete(socket)));
    }
  }

  /** A host that knows nothing of a connection answers what comes over it by a reset (RFC 9293, 3.5.2). */
  #resetLeft(): void {
    for (const socket of this.#left) socket.resetAndDestroy();
    this.#left.clear();
  }

  #closed(crossing: Crossing, end: 0 | 1): void {
    crossing.sockets[end] = null;
    if (crossing.sockets.every((socket) => socket === null)) this.#forget(crossing);
  }

  #forget(crossing: Crossing): void {
    this.#crossings.delete(crossing);
    if (this.#crossings.size === 0) for (const direction of this.#directions) direction.forget();
  }
}

const chanceOf = (random: SeededRandom): LinkChance => {
  const [jitter, stalls] = [random.split('jitter'), random.split('stalls')];
  return { jitter: () => jitter.float(), stalls: () => stalls.float() };
};
