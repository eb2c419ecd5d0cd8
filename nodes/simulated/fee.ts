import type { ChannelPolicy } from '../node.ts';

const MILLION = 1_000_000;

/** BOLT 7: base + ⌊amount × ppm / 10⁶⌋, in msat. */
export function feeMsat(policy: ChannelPolicy, amountMsat: number): number {
  return feeOf(policy.feeBaseMsat, policy.feeProportionalMillionths, amountMsat);
}

/** The same from columns. By quotient and remainder where the product can pass 2^53. */
export function feeOf(baseMsat: number, ppm: number, amountMsat: number): number {
  const product = amountMsat * ppm;
  if (product <= Number.MAX_SAFE_INTEGER) return baseMsat + Math.floor(product / MILLION);
  return baseMsat + Math.floor(amountMsat / MILLION) * ppm + Math.floor(((amountMsat % MILLION) * ppm) / MILLION);
}
