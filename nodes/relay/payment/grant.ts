/** What a session may still be served: bytes where the price is per MiB, time where it is per minute. A value. */
import type { Price } from '../../plan.ts';

export interface Grant {
  readonly per: Price['per'];
  /** Served in all, both ways. */
  readonly servedBytes: number;
  /** Paid for in all. */
  readonly grantedBytes: number;
  readonly untilMs: number;
}

export const noGrant = (per: Price['per']): Grant => ({ per, servedBytes: 0, grantedBytes: 0, untilMs: 0 });

/** Bytes that may pass at this moment. */
export const leftBytes = ({ per, servedBytes, grantedBytes, untilMs }: Grant, nowMs: number): number => {
  if (per === 'min') return nowMs < untilMs ? Number.MAX_SAFE_INTEGER : 0;
  return Math.max(0, grantedBytes - servedBytes);
};

/** When it ends by itself. */
export const endsMs = ({ per, untilMs }: Grant): number => (per === 'min' ? untilMs : Number.POSITIVE_INFINITY);

/** Time begins to run when it is paid, behind what is left. */
export const extended = (grant: Grant, ms: number, nowMs: number): Grant => ({ ...grant, untilMs: Math.max(grant.untilMs, nowMs) + ms });

export const served = (grant: Grant, bytes: number): Grant => ({ ...grant, servedBytes: grant.servedBytes + bytes });
