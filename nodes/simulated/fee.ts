import type { ChannelPolicy } from '../node.ts';

const MILLION = 1_000_000;

/** BOLT 7: base + ⌊amount × ppm / 10⁶⌋, in msat. By quotient and remainder, since the product can pass 2^53. */
export function feeMsat(policy: ChannelPolicy, amountMsat: number): number {
  const ppm = policy.feeProportionalMillionths;
  const whole = Math.floor(amountMsat / MILLION) * ppm;
  return policy.feeBaseMsat + whole + Math.floor(((amountMsat % MILLION) * ppm) / MILLION);
}
