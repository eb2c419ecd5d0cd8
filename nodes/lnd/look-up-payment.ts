/** What LND knows of a payment, by its hash. */
import type { AuthenticatedLnd } from 'lightning';
import { DeadlineError, LndError } from '../errors.ts';
import type { PaymentState, Waiting } from '../node.ts';
import { lndFailure } from './failures.ts';
import { stream, unary } from './grpc.ts';
import { isLost, type RawChannel } from './lost-payment.ts';
import { type RawPayment, settledOf } from './payments.ts';

/** TrackPaymentV2 says at once how a payment stands; an LND that starts or stops may say nothing. */
const LOOK_UP_DEADLINE_MS = 15_000;
const GRPC_NOT_FOUND = 5;

/** @throws LndError, DeadlineError: nobody knows now. */
export const lookUpPayment = async (lnd: AuthenticatedLnd, hash: Uint8Array, waiting: Waiting = {}): Promise<PaymentState> => {
  const payment = await tracked(lnd, hash, waiting);
  if (payment === null) return { state: 'unknown' };
  switch (payment.status) {
    case 'SUCCEEDED':
      return { state: 'settled', ...settledOf(payment, hash) };
    case 'FAILED':
      return { state: 'failed', reason: payment.failure_reason };
    default: {
      const { channels } = await unary<{ channels: RawChannel[] }>(lnd, 'default', 'listChannels', {}, waiting);
      return { state: isLost(payment, hash, channels, Date.now()) ? 'lost' : 'pending' };
    }
  }
};

/** As it stands now; null: LND has none with this hash. */
const tracked = (lnd: AuthenticatedLnd, hash: Uint8Array, { signal }: Waiting): Promise<RawPayment | null> =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const call = stream(lnd, 'router', 'trackPaymentV2', { payment_hash: hash, no_inflight_updates: false });
    const done = (settle: () => void) => {
      clearTimeout(late);
      signal?.removeEventListener('abort', abort);
      settle();
      call.cancel();
    };
    const abort = () => done(() => reject(signal?.reason));
    const late = setTimeout(
      () => done(() => reject(new DeadlineError(`LND did not say within ${LOOK_UP_DEADLINE_MS / 1_000} s how a payment stands`))),
      LOOK_UP_DEADLINE_MS,
    );
    signal?.addEventListener('abort', abort, { once: true });
    call.on('data', (message: never) => done(() => resolve(message as RawPayment)));
    // What comes behind the first of these changes nothing: our own cancel comes back as an error too.
    call.on('error', (error) => {
      if ((error as Error & { code?: number }).code === GRPC_NOT_FOUND) done(() => resolve(null));
      else done(() => reject(lndFailure(error, 'look up a payment')));
    });
    call.on('end', () => done(() => reject(new LndError('no answer', 'look up a payment: LND ended the stream without a word'))));
  });
