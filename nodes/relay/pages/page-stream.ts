/** One stream to a relay's pages, seen from who asks: requests go at once, answers are handed to them in their order. */
import type { Duplex } from 'node:stream';
import { DeadlineError, IntegrityError, SessionError } from '../../errors.ts';
import type { Clock } from '../../node.ts';
import { FrameError } from '../wire/bytes.ts';
import { framed, messagesOf } from './framing.ts';
import { ANSWER_BYTES_MAX, type Answer, decodeAnswer, encodeRequest, type Request } from './messages.ts';

/** Nothing came for so long although something was asked for: over keysend a chunk takes a few seconds. */
const STALL_MS = 120_000;

/** What answers requests: a stream to another relay, or this relay's own library. */
export interface Asker {
  /** One promise an answer; each is rejected when the way is lost before. */
  ask(request: Request): Promise<Answer>[];
  /** Why no answer will come any more. */
  readonly dead: Error | undefined;
  /** Nothing that was asked is still to come. */
  readonly idle: boolean;
  close(): void;
}

interface Waiter {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

export class PageStream implements Asker {
  readonly #duplex: Duplex;
  readonly #clock: Clock;
  readonly #heard: (bytes: number) => void;
  readonly #waiting: Waiter[] = [];
  readonly #over = new AbortController();
  #heardMs = 0;
  #watching = false;
  dead: Error | undefined;

  /** @param heard is told of every answer's bytes. */
  constructor(duplex: Duplex, clock: Clock, heard: (bytes: number) => void) {
    this.#duplex = duplex;
    this.#clock = clock;
    this.#heard = heard;
    duplex.on('error', () => {}); // the reading loop hears it
    void this.#read();
  }

  get idle(): boolean {
    return this.#waiting.length === 0;
  }

  ask(request: Request): Promise<Answer>[] {
    const answers = Array.from({ length: request.kind === 'chunks' ? request.hashes.length : 1 }, () => this.#answer());
    if (this.dead === undefined) {
      if (!this.#watching) void this.#watch();
      this.#duplex.write(framed(encodeRequest(request)));
    }
    return answers;
  }

  close(): void {
    this.#fail(new SessionError('the stream to the pages was closed'));
  }

  #answer(): Promise<Answer> {
    const answer = new Promise<Answer>((resolve, reject) => {
      if (this.dead !== undefined) reject(this.dead);
      else this.#waiting.push({ resolve, reject });
    });
    answer.catch(() => {}); // asked ahead: nobody may wait for it yet
    return answer;
  }

  async #read(): Promise<void> {
    try {
      for await (const message of messagesOf(this.#duplex, ANSWER_BYTES_MAX)) {
        this.#heardMs = this.#clock.now();
        const waiter = this.#waiting.shift();
        if (waiter === undefined) throw new FrameError('an answer that nobody asked for');
        const answer = decodeAnswer(message);
        this.#heard(message.length);
        waiter.resolve(answer);
      }
      this.#fail(new SessionError('the other relay ended the stream of its pages'));
    } catch (error) {
      if (!(error instanceof FrameError)) this.#fail(new SessionError('the stream to the pages broke', { cause: error }));
      else if (this.#duplex.readableEnded) this.#fail(new SessionError('the stream to the pages was cut off', { cause: error }));
      else this.#fail(new IntegrityError(`the other relay broke the protocol of pages: ${error.message}`, { cause: error }));
    }
  }

  async #watch(): Promise<void> {
    this.#watching = true;
    this.#heardMs = this.#clock.now();
    try {
      while (!this.idle) {
        const leftMs = this.#heardMs + STALL_MS - this.#clock.now();
        if (leftMs <= 0) return this.#fail(new DeadlineError(`no answer of the pages came for ${STALL_MS / 1_000} s`));
        await this.#clock.sleep(leftMs, { signal: this.#over.signal });
      }
    } catch {
      // the stream is over
    } finally {
      this.#watching = false;
    }
  }

  #fail(error: Error): void {
    if (this.dead !== undefined) return;
    this.dead = error;
    this.#over.abort();
    this.#duplex.destroy();
    for (const waiter of this.#waiting.splice(0)) waiter.reject(error);
  }
}
