/** A client's search for a relay that passes payments on to it: candidates are asked one after the other, each for a short while. */
import { AnonymityError, FeeLimitError, LeydenError } from '../../errors.ts';
import type { Clock, Node, Random, Waiting } from '../../node.ts';
import type { Arrival, Carrier, CircuitAccount } from '../carrier/carrier.ts';
import { FrameError } from '../wire/bytes.ts';
import { UNIT_ID_BYTES } from '../wire/unit.ts';
import type { WayBack } from '../wire/way-back.ts';
import { type Candidate, candidates } from './candidates.ts';
import { type Asking, askToEnlist, type Terms } from './enlistment.ts';

/** From when the asking arrived to when the answer must have: two payments' worth of time on a busy node. */
export const ANSWER_MS = 10_000;
/** Who did not answer is asked last for so long. */
const SILENT_MS = 600_000;
const SILENT_MAX = 1_024;

export interface SeekOptions {
  readonly node: Node;
  readonly clock: Clock;
  readonly random: Random;
}

export interface Found {
  readonly wayBack: Extract<WayBack, { kind: 'rendezvous' }>;
  /** What units bear that it passed on. */
  readonly id: string;
}

export class Seeker {
  readonly #options: SeekOptions;
  readonly #answers = new Map<string, (body: Buffer) => void>();
  readonly #silent = new Map<string, number>();

  constructor(options: SeekOptions) {
    this.#options = options;
  }

  /** @throws AnonymityError when there is no other relay, FeeLimitError when the budget is used up. */
  async seek(exit: string, carrier: Carrier, account: CircuitAccount, { signal }: Waiting): Promise<Found> {
    const { node } = this.#options;
    const known = candidates(await node.graph({ signal }), node.publicKey, exit);
    for (const candidate of this.#inOrder(known)) {
      const found = await this.#ask(candidate, carrier, account, signal);
      if (found !== undefined) return found;
      this.#noteSilent(candidate);
    }
    throw new AnonymityError(
      known.length === 0
        ? 'no third node stands where it could pass answers on: the exit alone is next to this one'
        : `none of the ${known.length} nearest nodes that were asked passes answers on`,
      { hint: "ask for identity 'named', or let a relay run beside another node near this one" },
    );
  }

  answered(id: string, body: Buffer, { payment }: Arrival): void {
    if (payment !== undefined) this.#answers.get(id)?.(body);
  }

  #inOrder(known: readonly Candidate[]): Candidate[] {
    const since = this.#options.clock.now() - SILENT_MS;
    return known.toSorted((one, other) => Number(this.#silentAt(one) > since) - Number(this.#silentAt(other) > since));
  }

  #silentAt({ publicKey }: Candidate): number {
    return this.#silent.get(publicKey) ?? Number.NEGATIVE_INFINITY;
  }

  #noteSilent({ publicKey }: Candidate): void {
    if (this.#silent.size >= SILENT_MAX) this.#silent.delete(this.#silent.keys().next().value as string);
    this.#silent.set(publicKey, this.#options.clock.now());
  }

  /** undefined: it has no relay, cannot be reached, or will not. */
  async #ask(
    { publicKey, amountMsat }: Candidate,
    carrier: Carrier,
    account: CircuitAccount,
    signal: AbortSignal | undefined,
  ): Promise<Found | undefined> {
    const { node, random } = this.#options;
    signal?.throwIfAborted();
    const id = Buffer.from(random.bytes(UNIT_ID_BYTES)).toString('hex');
    try {
      const asking = await askToEnlist(id, publicKey, node, random);
      const circuit = await carrier.open(publicKey, { account, amountMsat, signal });
      try {
        const answer = this.#answer(id, asking, signal);
        await circuit.send(asking.unit);
        const { token, amountMsat: priceMsat, mtu } = (await answer()) ?? {};
        if (token === undefined || priceMsat === undefined || mtu === undefined) return undefined;
        return { id, wayBack: { kind: 'rendezvous', relay: publicKey, token, amountMsat: priceMsat, mtu } };
      } finally {
        this.#answers.delete(id);
        circuit.close();
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof FeeLimitError || !(error instanceof LeydenError)) throw error;
      return undefined;
    }
  }

  /** Listens from now on; the wait begins when it is called. */
  #answer(id: string, asking: Asking, signal: AbortSignal | undefined): () => Promise<Terms | undefined> {
    const terms = Promise.withResolvers<Terms>();
    terms.promise.catch(() => {});
    let tried = false;
    this.#answers.set(id, (body) => {
      // One try: the transcript goes on with it. Nobody else knows this id but whom it was sent to.
      if (tried) return;
      tried = true;
      asking.read(Buffer.from(body)).then(terms.resolve, (error: unknown) => {
        if (!(error instanceof FrameError)) terms.reject(error);
      });
    });
    return async () => {
      const over = new AbortController();
      const either = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
      const late = this.#options.clock.sleep(ANSWER_MS, { signal: either }).then(() => undefined);
      try {
        return await Promise.race([terms.promise, late]);
      } finally {
        over.abort();
        late.catch(() => {});
      }
    };
  }
}
