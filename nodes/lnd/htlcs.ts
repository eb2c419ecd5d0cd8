/** HTLCs that LND asks about before it passes them on or settles them: HtlcInterceptor and HtlcModifier, with their wire records. */
import type { AuthenticatedLnd } from 'lightning';
import { recordsToPass, UNASKED } from '../htlc-answer.ts';
import type { AnswerExitHtlc, AnswerForward, ExitAnswer, ForwardAnswer } from '../node.ts';
import { channelId } from './channel-id.ts';
import { mapOf, recordsOf } from './grpc.ts';
import { answerQuestions } from './questions.ts';

interface RawCircuitKey {
  readonly chan_id: string;
  readonly htlc_id: string;
}

interface RawForward {
  readonly incoming_circuit_key: RawCircuitKey;
  readonly outgoing_requested_chan_id: string;
  readonly payment_hash: Uint8Array;
  readonly outgoing_amount_msat: string;
  readonly in_wire_custom_records: Record<string, Uint8Array>;
}

export const interceptForwards = (lnd: AuthenticatedLnd, answer: AnswerForward, signal: AbortSignal): Promise<void> =>
  answerQuestions<RawForward, ForwardAnswer>(
    lnd,
    {
      service: 'router',
      method: 'htlcInterceptor',
      unasked: UNASKED.forward,
      answer: (raw) =>
        answer({
          id: `${channelId(raw.incoming_circuit_key.chan_id)}/${raw.incoming_circuit_key.htlc_id}`,
          incoming: channelId(raw.incoming_circuit_key.chan_id),
          outgoing: channelId(raw.outgoing_requested_chan_id),
          hash: raw.payment_hash,
          amountMsat: Number(raw.outgoing_amount_msat),
          wireRecords: recordsOf(raw.in_wire_custom_records),
        }),
      response: ({ incoming_circuit_key }, given) => {
        const records = recordsToPass(given);
        if (records.length === 0) return { incoming_circuit_key, action: 'RESUME' };
        // LND merges these with its own (106823), so only ours go back.
        return { incoming_circuit_key, action: 'RESUME_MODIFIED', out_wire_custom_records: mapOf(records) };
      },
    },
    signal,
  );

interface RawExitHtlc {
  readonly invoice?: { readonly r_hash?: Uint8Array; readonly r_preimage?: Uint8Array };
  readonly exit_htlc_circuit_key: RawCircuitKey;
  readonly exit_htlc_amt: string;
  readonly exit_htlc_wire_custom_records: Record<string, Uint8Array>;
}

/** LND asks under the lock of all its invoices: whoever answers slowly holds up every payment that ends here. */
export const modifyExitHtlcs = (lnd: AuthenticatedLnd, answer: AnswerExitHtlc, signal: AbortSignal): Promise<void> =>
  answerQuestions<RawExitHtlc, ExitAnswer>(
    lnd,
    {
      service: 'invoices',
      method: 'htlcModifier',
      unasked: UNASKED.exit,
      answer: ({ invoice, exit_htlc_amt, exit_htlc_wire_custom_records }) =>
        answer({
          hash: invoice?.r_hash ?? new Uint8Array(),
          preimage: invoice?.r_preimage?.length ? invoice.r_preimage : null,
          amountMsat: Number(exit_htlc_amt),
          wireRecords: recordsOf(exit_htlc_wire_custom_records),
        }),
      response: ({ exit_htlc_circuit_key }, given) => ({
        circuit_key: exit_htlc_circuit_key,
        ...(given === 'cancel' && { cancel_set: true }),
      }),
    },
    signal,
  );
