/** A quote: the exit's terms for one session, signed with its node key, so that whoever was overcharged can show it to others. */
import { ContractError } from '../../errors.ts';
import type { Node, Quote, Waiting } from '../../node.ts';

/** How long a price stands. */
export const QUOTE_VALID_MS = 60_000;
/** Whole MiB or minutes that one acceptance may be for. */
export const UNITS_MAX = 1_000_000;

export type QuoteTerms = Omit<Quote, 'signature'>;

/** One line a field, always these, always in this order. */
const quoteText = (quote: QuoteTerms): string =>
  [
    'leyden quote 1',
    `exit ${quote.exit}`,
    `session ${quote.session}`,
    `mode ${quote.mode}`,
    `price ${quote.price.msat} msat/${quote.price.per}`,
    `window ${quote.windowBytes} B`,
    `units ${quote.unitsMax}`,
    `at ${quote.atMs} ms`,
    `valid ${quote.validForMs} ms`,
    `nonce ${quote.nonce}`,
  ].join('\n');

export const signQuote = async (terms: QuoteTerms, node: Pick<Node, 'sign'>, waiting?: Waiting): Promise<Quote> => ({
  ...terms,
  signature: await node.sign(Buffer.from(quoteText(terms)), waiting),
});

/** @throws ContractError unless this exit signed it, for this session, and every word of it. */
export const verifyQuote = async (
  quote: Quote,
  of: { readonly exit: string; readonly session: string },
  node: Pick<Node, 'verify'>,
  waiting?: Waiting,
): Promise<void> => {
  if (quote.exit !== of.exit || quote.session !== of.session) throw new ContractError('a quote for another session, or of another exit');
  const signer = await node.verify(Buffer.from(quoteText(quote)), quote.signature, waiting).catch(() => null);
  if (signer !== of.exit) throw new ContractError(`a quote that ${of.exit.slice(0, 12)}… did not sign`);
};
