/** Messages that came here: bounded, each shown once however often it is sent, and dropped only after somebody has listed it. */
import { createHash } from 'node:crypto';
import type { ListRequest, ReceivedMessage } from '../../relay-messages.ts';
import type { Message, Receipt } from './wire.ts';

export const INBOX_MESSAGES_MAX = 1_024;
export const INBOX_BYTES_MAX = 32 * 1024 * 1024;
/** Ids remembered of messages that came, removed ones too. */
const REMEMBERED_MAX = 8_192;
const LISTED_MAX = 100;
/** In one answer, unless a single message is larger. */
const LISTED_BYTES_MAX = 8 * 1024 * 1024;

interface Held {
  readonly message: ReceivedMessage;
  readonly bytes: number;
  listed: boolean;
}

export class MessageInbox {
  readonly #held = new Map<string, Held>();
  /** Digest by id, the oldest first. */
  readonly #seen = new Map<string, string>();
  #bytes = 0;
  #number = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** What to answer the sender, and the message when it is new here. */
  deliver({ id, replyTo, isText, body }: Message, from: string | null, atMs: number): readonly [Receipt, ReceivedMessage | null] {
    const digest = createHash('sha256').update(`${replyTo}${isText}`).update(body).digest('base64');
    const seen = this.#seen.get(id);
    if (seen !== undefined) return [seen === digest ? 'delivered' : 'conflict', null];
    if (!this.#makeRoom(body.length)) return ['full', null];
    this.#number += 1;
    const message: ReceivedMessage = {
      number: this.#number,
      id,
      atMs,
      ...(replyTo === null ? {} : { replyTo }),
      ...(from === null ? {} : { from }),
      ...(isText ? { text: body.toString('utf8') } : { bytes: Buffer.from(body) }),
    };
    this.#held.set(id, { message, bytes: body.length, listed: false });
    this.#bytes += body.length;
    this.#seen.set(id, digest);
    if (this.#seen.size > REMEMBERED_MAX) this.#seen.delete(this.#seen.keys().next().value as string);
    return ['delivered', message];
  }

  list({ after = 0, limit = LISTED_MAX }: ListRequest = {}): readonly ReceivedMessage[] {
    const listed: ReceivedMessage[] = [];
    let bytes = 0;
    for (const held of this.#held.values()) {
      if (held.message.number <= after) continue;
      bytes += held.bytes;
      if (listed.length >= Math.min(limit, LISTED_MAX) || (listed.length > 0 && bytes > LISTED_BYTES_MAX)) break;
      held.listed = true;
      listed.push(held.message);
    }
    return listed;
  }

  remove(id: string): boolean {
    const held = this.#held.get(id);
    if (held === undefined) return false;
    this.#held.delete(id);
    this.#bytes -= held.bytes;
    return true;
  }

  #makeRoom(bytes: number): boolean {
    const full = () => this.#held.size >= INBOX_MESSAGES_MAX || this.#bytes + bytes > INBOX_BYTES_MAX;
    for (const [id, { listed }] of this.#held) {
      if (!full()) break;
      if (listed) this.remove(id);
    }
    return !full();
  }
}
