/** Invoices of the node beside a relay, for the relay's callers, as `RelayClient.invoices`. Types only. */
import type { CreateInvoiceRequest, InvoiceState, PayInvoiceRequest, Waiting } from './node.ts';

/** Hashes are hex here, as over the API. */
export interface RelayInvoices {
  create(request: CreateInvoiceRequest): Promise<{ readonly hash: string; readonly request: string }>;
  /**
   * Out of the relay's budget and in its ledger, as all it pays. Paid once: whoever asks again is told of the payment there was, and who
   * asks meanwhile waits for it. `maxFeeMsat`: the relay's own limit, or less.
   * @throws ScenarioError, PaymentFailedError, FeeLimitError
   */
  pay(request: Omit<PayInvoiceRequest, 'maxFeeMsat'> & { readonly maxFeeMsat?: number }): Promise<PaidInvoice>;
  /** @throws NotFoundError */
  lookUp(hash: string, waiting?: Waiting): Promise<InvoiceState>;
}

export interface PaidInvoice {
  readonly hash: string;
  readonly amountMsat: number;
  readonly feeMsat: number;
  readonly hops: number;
}
