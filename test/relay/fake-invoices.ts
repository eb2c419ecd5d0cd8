/** A node that makes one invoice and pays none. */
import { NotFoundError, PaymentFailedError } from '../../nodes/errors.ts';
import type { RelayInvoices } from '../../nodes/relay-invoices.ts';

const HASH = 'ab'.repeat(32);

export const fakeInvoices: RelayInvoices = {
  create: async () => ({ hash: HASH, request: 'lnsim1' }),
  pay: async () => {
    throw new PaymentFailedError('NO_ROUTE');
  },
  lookUp: async (hash) => {
    if (hash !== HASH) throw new NotFoundError('no such invoice');
    return { state: 'open', request: 'lnsim1', amountMsat: 1, memo: '', receivedMsat: 0 };
  },
};
