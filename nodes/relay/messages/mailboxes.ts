/** Answers to senders without a name: each keeps a stream open in its own session, on which they come back to it. */
import type { Duplex } from 'node:stream';
import { RefusedError, SessionError } from '../../errors.ts';
import type { Session } from '../session/session.ts';
import { encodeMessage, type Message, type Receipt, readReceipt, Source } from './wire.ts';

/** Messages whose sender can be answered. */
const SENDERS_MAX = 4_096;
/** Answers that wait for their turn in one mailbox. */
const WAITING_MAX = 64;

interface Mailbox {
  readonly stream: Duplex;
  readonly source: Source;
  /** Resolves when the last that was put in line is through. */
  last: Promise<unknown>;
  waiting: number;
}

export class Mailboxes {
  readonly #boxes = new Map<Session, Mailbox>();
  /** By message id, the oldest first. */
  readonly #senders = new Map<string, Session>();

  open(session: Session, stream: Duplex): void {
    this.#boxes.get(session)?.stream.destroy();
    const box: Mailbox = { stream, source: new Source(stream), last: Promise.resolve(), waiting: 0 };
    this.#boxes.set(session, box);
    stream.on('error', () => {}); // 'close' follows
    stream.once('close', () => {
      if (this.#boxes.get(session) === box) this.#boxes.delete(session);
    });
  }

  came(id: string, session: Session): void {
    this.#senders.set(id, session);
    if (this.#senders.size > SENDERS_MAX) this.#senders.delete(this.#senders.keys().next().value as string);
  }

  /** @throws RefusedError when nobody is left to answer. */
  async answer(message: Message): Promise<Receipt> {
    const session = this.#senders.get(message.replyTo ?? '');
    const box = session === undefined ? undefined : this.#boxes.get(session);
    if (box === undefined)
      throw new RefusedError(`the sender of ${message.replyTo} cannot be answered: its session is over, or no such message came here`, {
        hint: 'a sender who gives its name can be answered later: send to its public key',
      });
    if (box.waiting >= WAITING_MAX) throw new SessionError(`${WAITING_MAX} answers wait for this sender: that is the limit`);
    box.waiting += 1;
    const turn = box.last.then(async () => {
      box.stream.write(encodeMessage(message));
      return readReceipt(box.source);
    });
    box.last = turn.catch(() => box.stream.destroy());
    try {
      return await turn;
    } finally {
      box.waiting -= 1;
    }
  }
}
