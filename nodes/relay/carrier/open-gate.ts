/**
 * Who may open circuits here, and how fast: every opening costs the node an ECDH, so a peer has its share and all of them together
 * have theirs. We keep below what our peers allow us, so that an honest relay is never refused for haste.
 */
import type { Clock } from '../../node.ts';
import { TokenBucket, type TokenRate } from '../token-bucket.ts';
import { SeenOpenings } from './seen-openings.ts';

const FROM_PEER: TokenRate = { perS: 32, burst: 128 };
const FROM_ALL: TokenRate = { perS: 128, burst: 512 };
const TO_PEER: TokenRate = { perS: 28, burst: 96 };
/** Peers whose share is remembered; who is forgotten starts with a full one. */
const PEERS_MAX = 4_096;
/** A relay does not hold an opening back for longer: the opener waits for its answer. */
const HOLD_MS = 5_000;

export class OpenGate {
  readonly #clock: Clock;
  readonly #from = new Map<string, TokenBucket>();
  readonly #to = new Map<string, TokenBucket>();
  readonly #fromAll: TokenBucket;
  readonly #seen = new SeenOpenings();
  /** Openings that are being read, by neighbour and id. */
  readonly #reading = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#fromAll = new TokenBucket(FROM_ALL, clock.now());
  }

  /** Begins to read one; false: not now, or not again. What is being read is bounded by FROM_ALL's burst and a second's worth. */
  admit(peer: string, id: number, packet: Uint8Array): boolean {
    const nowMs = this.#clock.now();
    if (this.#reading.has(nameOf(peer, id)) || this.#seen.has(packet)) return false;
    if (!bucketOf(this.#from, peer, FROM_PEER, nowMs).take(nowMs) || !this.#fromAll.take(nowMs)) return false;
    this.#reading.add(nameOf(peer, id));
    return true;
  }

  /** It was read: false when it came twice meanwhile, or was withdrawn. */
  entered(peer: string, id: number, packet: Uint8Array): boolean {
    if (!this.#reading.delete(nameOf(peer, id)) || this.#seen.has(packet)) return false;
    this.#seen.add(packet);
    return true;
  }

  /** It could not be read, or its opener closed it before it was. */
  withdraw(peer: string, id: number): boolean {
    return this.#reading.delete(nameOf(peer, id));
  }

  /** Resolves when one may go to this peer: true; at once with false where that is too long to wait. */
  async pass(peer: string, signal: AbortSignal | undefined, waitMsMax = HOLD_MS): Promise<boolean> {
    const nowMs = this.#clock.now();
    const waitMs = bucketOf(this.#to, peer, TO_PEER, nowMs).reserve(nowMs, waitMsMax);
    if (waitMs === null) return false;
    if (waitMs > 0) await this.#clock.sleep(waitMs, { signal });
    return true;
  }
}

const bucketOf = (buckets: Map<string, TokenBucket>, peer: string, rate: TokenRate, nowMs: number): TokenBucket => {
  let bucket = buckets.get(peer);
  if (bucket === undefined) {
    if (buckets.size >= PEERS_MAX) buckets.delete(buckets.keys().next().value as string);
    bucket = new TokenBucket(rate, nowMs);
    buckets.set(peer, bucket);
  }
  return bucket;
};

const nameOf = (peer: string, id: number): string => `${peer} ${id}`;
