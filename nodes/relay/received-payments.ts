/**
 * Every keysend that settles at this node, read once and handed to whom it concerns. LND sends each with all its records, a wire record
 * of 60 kB included, so one subscription serves both carriers that pay.
 */
import type { Clock, Node, ReceivedPayment } from '../node.ts';
import { KEYSEND_TYPE } from '../onion.ts';
import type { UnitSink } from './carrier/carrier.ts';
import { KEYSEND_RECORD } from './carrier/keysend.ts';
import { isRecordPreimage } from './carrier/record-preimage.ts';
import { listen } from './listen.ts';
import type { Payments } from './payment/payments.ts';

export interface ReceivedPaymentsOptions {
  readonly node: Node;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly payments: Payments;
  readonly sink: UnitSink;
  /** Told of every payment that carried no unit. */
  readonly paid?: (payment: ReceivedPayment) => void;
  log(line: string): void;
}

/** Resolves once LND tells. */
export const receivePayments = (options: ReceivedPaymentsOptions): Promise<void> => {
  const { node, payments, sink, paid } = options;
  return listen<ReceivedPayment>({
    ...options,
    what: 'received payments',
    subscribe: (waiting) => node.receivedPayments(waiting),
    take: (payment) => {
      const recordOf = (wanted: number) => payment.records.find(({ type }) => type === wanted)?.value;
      const unit = recordOf(KEYSEND_RECORD);
      // The unit of a payment with a record was taken before it settled (record-answers.ts).
      if (unit === undefined && !isRecordPreimage(recordOf(KEYSEND_TYPE) ?? null)) return void paid?.(payment);
      payments.received(payment.amountMsat);
      if (unit !== undefined) sink(unit, null, 'keysend', { payment });
    },
  });
};
