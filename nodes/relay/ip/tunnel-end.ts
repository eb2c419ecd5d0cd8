/**
 * The machine beside this relay whose packets it carries, and where each goes: to the client that has its destination as address, else
 * through the tunnel that this relay opened as a client. Whatever names other ends than the tunnel's two is dropped, both ways, so that
 * nobody speaks in another's name and nothing is reached beyond the other end.
 */
import { MTU_MIN, packetEnds, tooLongAnswer } from '../../ipv4.ts';
import type { IpTunnelStats, PacketPort } from '../../node.ts';
import type { FlowSession } from '../flows.ts';
import { isHost, readTunnelAddress, type TunnelAddress } from './subnet.ts';

export const IP_TUNNELS_MAX = 64;
/** Ethernet's: what programs expect, and what larger packets gain is lost to whoever loses one. */
const IP_MTU_MAX = 1_500;

type Counts = { -readonly [K in keyof IpTunnelStats]: IpTunnelStats[K] };

export interface Passage {
  readonly session: FlowSession;
  readonly flow: number;
  /** The far end's, where it is known: a client is one address, to a client everyone of the subnet is behind the exit. */
  readonly far: number | null;
  readonly counts: Counts;
}

/** Longest packet now: a datagram's, and not above Ethernet's. */
export const mtuOf = ({ datagramBytesMax }: FlowSession): number => Math.min(datagramBytesMax, IP_MTU_MAX);

export const noCounts = (): Counts => ({ packetsOut: 0, packetsIn: 0, droppedTooLong: 0, droppedNoRoom: 0, droppedForeign: 0 });

export class TunnelEnd {
  readonly own: TunnelAddress;
  readonly #port: PacketPort;
  readonly #clients = new Map<number, Passage>();
  #outward: Passage | undefined;

  /** @throws TypeError for a port whose address is none: configuration was read before. */
  constructor(port: PacketPort) {
    const own = readTunnelAddress(port.address);
    if (own === null) throw new TypeError(`${port.address} is no address of a tunnel`);
    this.own = own;
    this.#port = port;
    port.onPacket((packet) => this.#fromMachine(packet));
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** False where the address is taken, or this relay's own end already has its one way out. */
  add(passage: Passage): boolean {
    if (passage.far === null) {
      if (this.#outward !== undefined) return false;
      this.#outward = passage;
    } else {
      if (this.#clients.has(passage.far) || passage.far === this.own.address) return false;
      this.#clients.set(passage.far, passage);
    }
    return true;
  }

  remove(passage: Passage): void {
    if (this.#outward === passage) this.#outward = undefined;
    if (passage.far !== null && this.#clients.get(passage.far) === passage) this.#clients.delete(passage.far);
  }

  /** A packet that came through a tunnel. */
  fromTunnel({ far, counts }: Passage, packet: Uint8Array): void {
    const ends = packetEnds(packet);
    const fits = ends !== null && ends.destination === this.own.address && ends.source !== this.own.address;
    if (!fits || !(far === null ? isHost(ends.source, this.own) : ends.source === far)) counts.droppedForeign += 1;
    else if (this.#port.send(packet)) counts.packetsIn += 1;
    else counts.droppedNoRoom += 1;
  }

  #fromMachine(packet: Uint8Array): void {
    const ends = packetEnds(packet);
    if (ends === null) return;
    const passage = this.#clients.get(ends.destination) ?? this.#outward;
    if (passage === undefined) return;
    const { session, flow, counts } = passage;
    if (ends.source !== this.own.address || !isHost(ends.destination, this.own)) counts.droppedForeign += 1;
    else if (session.sendDatagram(flow, packet)) counts.packetsOut += 1;
    else if (packet.length <= session.datagramBytesMax) counts.droppedNoRoom += 1;
    else {
      counts.droppedTooLong += 1;
      if (mtuOf(session) >= MTU_MIN) this.#port.send(tooLongAnswer(packet, mtuOf(session)));
    }
  }
}
