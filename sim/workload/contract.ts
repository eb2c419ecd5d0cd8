/**
 * A tunnel that is paid: bytes are bought, run out and stop; after a look that nothing more comes they are bought again and go on. In
 * mode window the client pays as it is served, and the exit's exposure is watched.
 */
import { AnonymityError, WorkloadError } from '../../nodes/errors.ts';
import type { Identity, RelaySession, ServiceAccount, SessionPayment } from '../../nodes/node.ts';
import { originSha256 } from '../../nodes/origin.ts';
import type { Tags } from '../measure/report.ts';
import type { ContractPlan } from '../scenario/plan.ts';
import { nodeOf, relayOf } from './path.ts';
import { download } from './tunnel/download.ts';
import { within } from './wait.ts';
import type { Workload, WorkloadContext } from './workload.ts';

const STEP_MS_MAX = 120_000;
const LOOK_MS = 50;
/** Nothing moves and nothing is to be paid. */
const STALL_MS = 60_000;
/** Bytes that the exit had sent may arrive this long after it stopped. */
const LAST_BYTES_MS = 500;
const MIB = 2 ** 20;

export const contract: Workload<ContractPlan> = async (plan, context) => {
  const { network, record } = context;
  await using session = await open(plan, context);
  const { payment } = session;
  if (payment === undefined) throw new WorkloadError(`the relay beside ${plan.from} cannot pay an exit`);
  const tags = { carrier: plan.carrier, hops: plan.hops, mode: plan.terms.mode };
  const step = <T>(what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    context.progress(`contract, ${plan.terms.mode}: ${what}`);
    return within(network.clock, { what, ms: STEP_MS_MAX, signal: context.signal }, work);
  };
  await step('the first payment', (signal) => buy(plan, payment, signal));
  const watch = new Watch(plan, payment, tags, context, step);
  const { name: host, port } = plan.origin;
  const seed = `contract ${plan.terms.mode}`;
  const sha256 = originSha256(seed, plan.bytes);
  const socket = await step('a stream', (signal) => session.connect(host, port, { signal }));
  socket.on('error', () => {}); // what breaks it fails the exchange over it
  watch.begin();
  const now = () => network.clock.now();
  const ended = new AbortController();
  const watching = watch.until(ended.signal);
  try {
    const signal = AbortSignal.any([context.signal, watch.failed]);
    await download({
      socket,
      host,
      bytes: plan.bytes,
      seed,
      sha256,
      now,
      moved: (bytes) => watch.moved(bytes),
      signal,
    });
  } finally {
    ended.abort();
    await watching;
    socket.destroy();
  }
  const account = await step('the close', (signal) => payment.close({ signal }));
  watch.look(account);
  record.value('service_served_bytes', tags, account.servedBytes);
  record.value('service_paid_msat', tags, account.paidMsat);
  record.value('service_fees_msat', tags, account.spentMsat - account.paidMsat);
  const { accounts = [] } = await step('the ledger', (signal) => relayOf(network, plan.from).ledger({ signal }));
  const passage = accounts.filter(({ session: of, purpose }) => of === session.id && purpose === 'circuit');
  record.value(
    'passage_paid_msat',
    tags,
    passage.reduce((sum, { deliveredMsat }) => sum + deliveredMsat, 0),
  );
  if (plan.terms.price.per === 'MiB') record.value('service_unpaid_bytes', tags, watch.unpaidBytesMax);
};

/** Anonymous where the carrier and the network can. */
const open = async (plan: ContractPlan, { network, signal, record }: WorkloadContext): Promise<RelaySession> => {
  const what = `a session over ${plan.carrier} from ${plan.from} to ${plan.to}`;
  const request = { exit: nodeOf(network, plan.to).publicKey, carrier: plan.carrier };
  const opened = (identity: Identity) =>
    within(network.clock, { what, ms: STEP_MS_MAX, signal }, (waiting) =>
      relayOf(network, plan.from).openSession({ ...request, identity, signal: waiting }),
    );
  try {
    return await opened('anonymous');
  } catch (error) {
    if (!(error instanceof AnonymityError)) throw error;
    record.warn(`contract over ${plan.carrier}: the exit was told who calls, since ${error.message}.`);
    return opened('named');
  }
};

/** As the exit's mode has it. */
const buy = async ({ terms, units, bytes }: ContractPlan, payment: SessionPayment, signal: AbortSignal): Promise<ServiceAccount> => {
  const { mode, price } = terms;
  if (mode === 'prepaid') return payment.prepay(units * price.msat, { signal });
  if (mode === 'window') return payment.payAsServed(2 * Math.ceil((bytes / MIB) * price.msat + price.msat), { signal });
  const { nonce } = await payment.quote({ signal });
  return payment.accept(nonce, units, { signal });
};

type Step = <T>(what: string, work: (signal: AbortSignal) => Promise<T>) => Promise<T>;

class Watch {
  readonly #plan: ContractPlan;
  readonly #payment: SessionPayment;
  readonly #tags: Tags;
  readonly #context: WorkloadContext;
  readonly #step: Step;
  readonly #failed = new AbortController();
  #beganMs = 0;
  #bytes = 0;
  #movedMs = 0;
  #refreshedMs: number | undefined;
  unpaidBytesMax = 0;

  constructor(plan: ContractPlan, payment: SessionPayment, tags: Tags, context: WorkloadContext, step: Step) {
    this.#plan = plan;
    this.#payment = payment;
    this.#tags = tags;
    this.#context = context;
    this.#step = step;
  }

  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  begin(): void {
    this.#beganMs = this.#movedMs = this.#now;
  }

  moved(bytes: number): void {
    this.#bytes += bytes;
    this.#movedMs = this.#now;
    if (this.#refreshedMs === undefined) return;
    this.#context.record.sample('service_resume_ms', this.#tags, this.#now - this.#refreshedMs);
    this.#refreshedMs = undefined;
  }

  /** What the exit has served beyond what it was paid. */
  look({ servedBytes, paidMsat, price }: ServiceAccount): void {
    if (price === null || price.per !== 'MiB' || price.msat === 0) return;
    this.unpaidBytesMax = Math.max(this.unpaidBytesMax, servedBytes - Math.floor((paidMsat * MIB) / price.msat));
  }

  /** Never rejects: what goes wrong aborts `failed`. */
  async until(ended: AbortSignal): Promise<void> {
    const { clock } = this.#context.network;
    try {
      while (!ended.aborted) {
        const account = await this.#step(`${this.#bytes} of ${this.#plan.bytes} B`, (signal) => this.#payment.account({ signal }));
        this.look(account);
        if (account.state === 'paused' && account.mode !== 'window' && !ended.aborted) await this.#stopped(ended);
        else if (account.state === 'closed' || this.#now - this.#movedMs > STALL_MS)
          throw new WorkloadError(`the paid tunnel stood still at ${this.#bytes} of ${this.#plan.bytes} B, its service ${account.state}`);
        await clock.sleep(LOOK_MS, { signal: ended }).catch(() => {});
      }
    } catch (error) {
      if (!ended.aborted) this.#failed.abort(error);
    }
  }

  async #stopped(ended: AbortSignal): Promise<void> {
    const { network, record } = this.#context;
    const { clock } = network;
    await clock.sleep(LAST_BYTES_MS, { signal: ended }).catch(() => {});
    if (ended.aborted) return;
    record.sample('service_stop_ms', this.#tags, this.#movedMs - this.#beganMs);
    const stood = this.#bytes;
    await clock.sleep(this.#plan.holdMs, { signal: ended }).catch(() => {});
    if (this.#bytes !== stood) throw new WorkloadError(`${this.#bytes - stood} B came through a tunnel whose service had run out`);
    this.#refreshedMs = this.#movedMs = this.#now;
    const { terms, units } = this.#plan;
    await this.#step('a refresh', (signal) =>
      terms.mode === 'prepaid' ? this.#payment.prepay(units * terms.price.msat, { signal }) : this.#payment.refresh(units, { signal }),
    );
  }

  get #now(): number {
    return this.#context.network.clock.now();
  }
}
