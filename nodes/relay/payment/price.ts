/** From bytes and minutes to msat and back. What is owed is rounded up and what is granted down, each time over the whole sum. */
import type { Price } from '../../plan.ts';

export const MIB = 2 ** 20;
export const MINUTE_MS = 60_000;

/** Whole bytes that so much pays for; all there are where the price is nothing. */
export const bytesFor = (msat: number, { msat: price }: Price): number =>
  price === 0 ? Number.MAX_SAFE_INTEGER : clamped((BigInt(msat) * BigInt(MIB)) / BigInt(price));

/** What so many bytes cost. */
export const msatFor = (bytes: number, { msat: price }: Price): number =>
  clamped((BigInt(bytes) * BigInt(price) + BigInt(MIB - 1)) / BigInt(MIB));

/** What so many MiB or minutes cost, each whole. */
export const costOf = (units: number, { msat: price }: Price): number => clamped(BigInt(units) * BigInt(price));

export const msFor = (msat: number, { msat: price }: Price): number =>
  price === 0 ? Number.MAX_SAFE_INTEGER : clamped((BigInt(msat) * BigInt(MINUTE_MS)) / BigInt(price));

export const priceText = ({ msat, per }: Price): string => (msat % 1_000 === 0 ? `${msat / 1_000} sat/${per}` : `${msat} msat/${per}`);

const clamped = (value: bigint): number => (value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value));
