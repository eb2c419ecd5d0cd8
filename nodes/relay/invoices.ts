/** Invoices of the node beside a relay: in this process, out of the relay's budget, and over the API. */
import { NotFoundError } from '../errors.ts';
import type { InvoiceState, Node } from '../node.ts';
import type { PaidInvoice, RelayInvoices } from '../relay-invoices.ts';
import type { CallJson } from './pages/remote.ts';
import type { Payments } from './payment/payments.ts';

export const relayInvoices = (node: Node, payments: Pick<Payments, 'payInvoice'>): RelayInvoices => ({
  async create(asked) {
    const { hash, request } = await node.createInvoice(asked);
    return { hash: hexOf(hash), request };
  },
  async pay(order) {
    const { hash, amountMsat, feeMsat, hops } = await payments.payInvoice(order);
    return { hash: hexOf(hash), amountMsat, feeMsat, hops };
  },
  async lookUp(hash, waiting) {
    const invoice = await node.lookUpInvoice(Buffer.from(hash, 'hex'), waiting);
    if (invoice === null) throw new NotFoundError(`${node.name} made no invoice with the hash ${hash}`);
    return invoice;
  },
});

export const remoteInvoices = (call: CallJson): RelayInvoices => ({
  create: ({ signal, ...request }) => call<{ hash: string; request: string }>('POST', '/v1/invoices', { signal }, request),
  pay: ({ signal, ...request }) => call<PaidInvoice>('POST', '/v1/invoices/pay', { signal }, request),
  lookUp: (hash, waiting) => call<InvoiceState>('GET', `/v1/invoices/${hash}`, waiting),
});

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
