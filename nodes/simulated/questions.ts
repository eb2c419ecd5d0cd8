/** What LND asks the one program that registered for it, and its answer, each at the cost of a call; nobody there or late: LND's own way. */
import { HTLC_ANSWER_MS } from '../htlc-answer.ts';
import type { SimulatedLnd } from './lnd.ts';

/** Carries a call of so many bytes between the program and its LND. */
export type Call = (bytes: number, done: () => void) => void;

interface Program<Q, A> {
  readonly call: Call;
  answer(question: Q): A | Promise<A>;
}

interface Pending<Q, A> {
  readonly question: Q;
  readonly bytes: number;
  answered(answer: A): void;
}

export class Questions<Q, A> {
  readonly #lnd: SimulatedLnd;
  readonly #unasked: A;
  readonly #bytesOf: (answer: A) => number;
  /** How many may be asked at once; LND asks about HTLCs that end at it under one lock. */
  readonly #atOnce: number;
  readonly #waiting: Pending<Q, A>[] = [];
  readonly #asked = new Set<() => void>();
  #program: Program<Q, A> | null = null;
  /** Hears whether a program is there to be asked. */
  onTaken: (taken: boolean) => void = () => {};

  constructor(lnd: SimulatedLnd, unasked: A, bytesOf: (answer: A) => number, atOnce = Number.POSITIVE_INFINITY) {
    this.#lnd = lnd;
    this.#unasked = unasked;
    this.#bytesOf = bytesOf;
    this.#atOnce = atOnce;
  }

  get taken(): boolean {
    return this.#program !== null;
  }

  register(program: Program<Q, A>): void {
    this.#program = program;
    this.onTaken(true);
  }

  /** What was asked and not answered goes LND's own way. */
  unregister(): void {
    this.#program = null;
    this.onTaken(false);
    for (const late of [...this.#asked]) late();
  }

  ask(question: Q, bytes: number, answered: (answer: A) => void): void {
    if (this.#program === null) answered(this.#unasked);
    else {
      this.#waiting.push({ question, bytes, answered });
      this.#next();
    }
  }

  #next(): void {
    while (this.#waiting.length > 0 && this.#asked.size < this.#atOnce) this.#put(this.#waiting.shift()!);
  }

  #put({ question, bytes, answered }: Pending<Q, A>): void {
    const { time } = this.#lnd;
    const program = this.#program;
    const end = (answer: A): void => {
      if (!this.#asked.delete(late)) return;
      time.cancel(deadline);
      answered(answer);
      this.#next();
    };
    const late = () => end(this.#unasked);
    const deadline = time.after(HTLC_ANSWER_MS * 1000, late);
    this.#asked.add(late);
    if (program === null) {
      late();
      return;
    }
    program.call(bytes, () => {
      time.wake();
      this.#answerOf(program, question).then(
        (answer) => program.call(this.#bytesOf(answer), () => end(answer)),
        () => late(),
      );
    });
  }

  async #answerOf(program: Program<Q, A>, question: Q): Promise<A> {
    return program.answer(question);
  }
}
