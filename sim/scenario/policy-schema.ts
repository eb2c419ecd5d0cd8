/** A channel policy in BOLT 7's own names. */
import type { z } from 'zod';
import { closed, whole } from './fields.ts';

const U32_MAX = 2 ** 32 - 1;
/** LND takes no time-lock delta below 18 blocks, and gives up routes beyond 2016. */
const CLTV_DELTA_MIN = 18;
const CLTV_DELTA_MAX = 2_016;

export const policy = closed({
  fee_base_msat: whole(0, U32_MAX).default(1_000),
  fee_proportional_millionths: whole(0, U32_MAX).default(1),
  cltv_expiry_delta: whole(CLTV_DELTA_MIN, CLTV_DELTA_MAX).default(80),
  htlc_minimum_msat: whole(1, Number.MAX_SAFE_INTEGER).default(1),
});
export type Policy = z.output<typeof policy>;
