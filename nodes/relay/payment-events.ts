/** Payments as events: many a second are told as their sums, once. */
import type { Clock, RelayLedger } from '../node.ts';
import { Alarm } from './alarm.ts';
import type { Events } from './events.ts';

const TOLD_EVERY_MS = 1_000;

export interface PaymentEventsOptions {
  readonly events: Events;
  readonly clock: Clock;
  ledger(): Omit<RelayLedger, 'routes' | 'budgetMsat'>;
}

/** To be called whenever a payment ended or arrived. */
export const paymentEvents = ({ events, clock, ledger }: PaymentEventsOptions): (() => void) => {
  const alarm = new Alarm(clock, () => {
    const { deliveredMsat, feesMsat, receivedMsat, htlcsSettled, htlcsFailed } = ledger();
    events.emit({ kind: 'payments', deliveredMsat, feesMsat, receivedMsat, htlcsSettled, htlcsFailed });
  });
  return () => {
    if (events.heard && !alarm.armed) alarm.set(clock.now() + TOLD_EVERY_MS);
  };
};
