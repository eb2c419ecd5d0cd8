/**
 * A stream on which LND asks and we answer (forwards, HTLCs that end here), opened again after LND's restarts. LND has one such
 * program at a time and holds each HTLC until it is answered; when the stream ends it goes its own way.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { AuthenticatedLnd } from 'lightning';
import { HTLC_ANSWER_MS } from '../htlc-answer.ts';
import { lndFailure } from './failures.ts';
import { duplex, type GrpcDuplex } from './grpc.ts';
import { heardByLnd, served } from './served.ts';

const REOPEN_MS = 250;
/** LND frees the place of a program that went a moment after it went: so often is it asked again at first. */
const REFUSALS_MAX = 6;

export interface Questions<Q, A> {
  readonly service: keyof AuthenticatedLnd;
  readonly method: string;
  answer(question: Q): A | Promise<A>;
  /** When there is no answer in time. */
  readonly unasked: A;
  response(question: Q, answer: A): object;
}

/** Resolves once LND asks. @throws LndError when another program answers already. */
export const answerQuestions = async <Q, A>(lnd: AuthenticatedLnd, questions: Questions<Q, A>, signal: AbortSignal): Promise<void> => {
  signal.throwIfAborted();
  let openings = 0;
  /** The last stream that ended. */
  let ended: { readonly opening: number; readonly error: Error } | undefined;
  let open: GrpcDuplex | undefined;
  let refused = false;
  /** Each gives up waiting for its answer. */
  const pending = new Set<() => void>();

  const listen = (): void => {
    if (signal.aborted || refused) return;
    openings += 1;
    const opening = openings;
    const current = duplex(lnd, questions.service, questions.method);
    open = current;
    let over = false;
    const again = (error?: Error): void => {
      if (over) return;
      over = true;
      ended = { opening, error: error ?? new Error('LND ended the stream') };
      delay(REOPEN_MS, undefined, { signal }).then(listen, () => {});
    };
    current.on('data', (question: never) => {
      const giveUp = answerInTime(questions, question, signal, (answer) => {
        pending.delete(giveUp);
        if (!over) current.write(questions.response(question, answer));
      });
      pending.add(giveUp);
    });
    current.on('error', again);
    current.on('end', again);
  };
  // What is held is answered first, and LND has read that before the stream ends: its link to a peer fails over an exit HTLC without answer.
  const stop = async (): Promise<void> => {
    for (const giveUp of [...pending]) giveUp();
    await heardByLnd(lnd).catch(() => {});
    open?.cancel();
  };
  /** Whether the stream that is open now was neither refused nor ended meanwhile. */
  const asks = async (): Promise<boolean> => {
    const opening = openings;
    await served(lnd, signal);
    return ended === undefined || ended.opening < opening;
  };
  listen();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for (let refusals = 0; !(await asks()); ) {
      refusals += 1;
      if (refusals === REFUSALS_MAX) throw lndFailure(ended?.error, questions.method);
      await delay(REOPEN_MS + REOPEN_MS / 4, undefined, { signal });
    }
  } catch (error) {
    // Whoever is told that it failed asks again: a stream that came up later would keep LND's one place from it.
    refused = true;
    signal.removeEventListener('abort', stop);
    void stop();
    throw error;
  }
};

/** Returns how to stop waiting for the answer. */
const answerInTime = <Q, A>(
  { answer, unasked }: Questions<Q, A>,
  question: Q,
  signal: AbortSignal,
  answered: (answer: A) => void,
): (() => void) => {
  let waiting = true;
  const once = (given: A): void => {
    if (!waiting) return;
    waiting = false;
    clearTimeout(late);
    answered(given);
  };
  const giveUp = (): void => once(unasked);
  const late = setTimeout(giveUp, HTLC_ANSWER_MS);
  const asking = async (): Promise<A> => (signal.aborted ? unasked : answer(question));
  asking().then(once, giveUp);
  return giveUp;
};
