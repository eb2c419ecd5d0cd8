/** What LND says that it paid. */
import type { AuthenticatedLnd } from 'lightning';
import type { Waiting } from '../node.ts';
import { unary } from './grpc.ts';

const PAGE = 1_000;

interface Page {
  readonly payments: readonly { readonly creation_time_ns: string; readonly value_msat: string; readonly fee_msat: string }[];
  readonly last_index_offset: string;
}

/** In payments that succeeded and were begun at or after `sinceMs` (Unix), fees included; msat. @throws LndError */
export const paidSince = async (lnd: AuthenticatedLnd, sinceMs: number, waiting: Waiting = {}): Promise<number> => {
  const sinceNs = BigInt(Math.floor(sinceMs)) * 1_000_000n;
  const creation_date_start = String(Math.floor(sinceMs / 1_000));
  let paidMsat = 0;
  for (let index_offset = '0'; ; ) {
    const page: Page = await unary(
      lnd,
      'default',
      'listPayments',
      { index_offset, max_payments: String(PAGE), creation_date_start },
      waiting,
    );
    for (const { creation_time_ns, value_msat, fee_msat } of page.payments)
      if (BigInt(creation_time_ns) >= sinceNs) paidMsat += Number(value_msat) + Number(fee_msat);
    if (page.payments.length < PAGE) return paidMsat;
    index_offset = page.last_index_offset;
  }
};
