/** A machine at an end of an IP tunnel, as far as a model has one: it answers ICMP echoes and sends them. It runs no programs. */
import { addressNumber, echoPacket, readEcho } from '../ipv4.ts';
import type { PacketPort, PingRequest, TunnelMachine } from '../node.ts';
import type { Costs } from './costs.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { Waits } from './waits.ts';

/** How long one echo is waited for: ping(8) has 10 s. */
const ANSWER_DEADLINE_MS = 10_000;
const ECHO_ID = 1;

export class SimulatedMachine implements TunnelMachine {
  readonly address: string;
  readonly #withBits: string;
  readonly #time: VirtualTime;
  readonly #costs: Costs;
  readonly #waits: Waits;
  #out: (packet: Uint8Array) => void = () => {};
  #heard: ((sequence: number) => void) | undefined;
  #sequence = 0;

  /** @param address with the bits of its subnet. */
  constructor(address: string, time: VirtualTime, costs: Costs, waits: Waits) {
    this.#withBits = address;
    this.address = address.split('/')[0] as string;
    this.#time = time;
    this.#costs = costs;
    this.#waits = waits;
  }

  /** The relay's side. */
  port(): PacketPort {
    return {
      address: this.#withBits,
      send: (packet) => {
        const copy = Uint8Array.from(packet);
        this.#time.after(this.#costUs(copy), () => this.#receive(copy));
        return true;
      },
      onPacket: (listener) => {
        this.#out = listener;
      },
    };
  }

  /** Nothing in here is longer than its owner asked for. */
  async setMtu(): Promise<void> {}

  async ping({ to, count, intervalMs, bytes, signal }: PingRequest): Promise<readonly number[]> {
    const clock = this.#waits.clock();
    const trips: number[] = [];
    for (let sent = 0; sent < count; sent++) {
      if (sent > 0) await clock.sleep(intervalMs, { signal });
      const startMs = clock.now();
      const answered = await this.#echo(to, bytes, signal);
      if (answered) trips.push(clock.now() - startMs);
    }
    return trips;
  }

  #echo(to: string, bytes: number, signal: AbortSignal | undefined): Promise<boolean> {
    const sequence = this.#sequence++ & 0xffff;
    const ends = { source: addressNumber(this.address) as number, destination: addressNumber(to) as number };
    const packet = echoPacket({ ...ends, kind: 'request', id: ECHO_ID, sequence, data: new Uint8Array(bytes) });
    return this.#waits.until(`echo ${sequence}`, signal, (settle) => {
      this.#heard = (heard) => {
        if (heard === sequence) settle.resolve(true);
      };
      const late = this.#time.after(ANSWER_DEADLINE_MS * 1_000, () => settle.resolve(false));
      this.#send(packet);
      return () => this.#time.cancel(late);
    });
  }

  #send(packet: Uint8Array): void {
    this.#time.after(this.#costUs(packet), () => {
      this.#time.wake();
      this.#out(packet);
    });
  }

  #receive(packet: Uint8Array): void {
    const echo = readEcho(packet);
    if (echo === null) return;
    if (echo.kind === 'reply') this.#heard?.(echo.sequence);
    else this.#send(echoPacket({ ...echo, kind: 'reply', source: echo.destination, destination: echo.source }));
  }

  #costUs({ length }: Uint8Array): number {
    return this.#costs.socketUs + length * this.#costs.socketUsPerByte;
  }
}
