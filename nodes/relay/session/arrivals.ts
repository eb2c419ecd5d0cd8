/** Units that came for a session, on their way to being frames: which number they claim, whether they are authentic, and new. */
import { FrameError } from '../wire/bytes.ts';
import { decodeFrames, type Frame } from '../wire/frames.ts';
import { openPacket, packetNumber } from '../wire/packet.ts';
import type { PacketKeys } from '../wire/packet-keys.ts';
import type { Inbound } from './inbound.ts';

export interface ArrivedPacket {
  readonly number: number;
  /** Newer than all before. */
  readonly newest: boolean;
  readonly plaintext: Buffer;
}

export class Arrivals {
  readonly #keys: PacketKeys;
  readonly #inbound: Inbound;
  /** Units that were dropped: forged, altered, or here before. */
  rejected = 0;
  units = 0;
  bytes = 0;

  constructor(keys: PacketKeys, inbound: Inbound) {
    this.#keys = keys;
    this.#inbound = inbound;
  }

  /** undefined: dropped and counted. */
  open(unit: Uint8Array): ArrivedPacket | undefined {
    const { largest } = this.#inbound;
    try {
      const number = packetNumber(unit, largest);
      const key = this.#inbound.replayed(number) ? undefined : this.#keys.of(number);
      if (key !== undefined) {
        const plaintext = openPacket(key, number, unit);
        this.#keys.used(number);
        this.units += 1;
        this.bytes += unit.length;
        return { number, newest: number > largest, plaintext };
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
    }
    this.rejected += 1;
    return undefined;
  }
}

/** What an authentic packet holds. @throws FrameError: its sender breaks the protocol. */
export const framesOf = ({ plaintext }: ArrivedPacket): readonly Frame[] => {
  const frames = [...decodeFrames(plaintext)];
  // Each is worth a look at every packet under way.
  if (frames.filter(({ kind }) => kind === 'ack').length > 1) throw new FrameError('two acknowledgements in one packet');
  return frames;
};
