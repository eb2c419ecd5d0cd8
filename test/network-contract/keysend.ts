/** A keysend of 1 sat with one custom record, and what payments should do to balances. */
import { createHash, randomBytes } from 'node:crypto';
import type { ExecutionContext } from 'ava';
import type { Network, PayRequest, Route } from '../../nodes/node.ts';
import { FEES_MSAT } from './contract.ts';

export const RECORD_TYPE = 1_197_863;

export function keysend(to: Route | string, value: Uint8Array): PayRequest {
  return { to, amountMsat: 1000, preimage: randomBytes(32), records: [{ type: RECORD_TYPE, value }], maxFeeMsat: FEES_MSAT };
}

export function hashOf({ preimage }: PayRequest): Buffer {
  return createHash('sha256').update(preimage).digest();
}

/** BOLT 7, backwards from the destination: base 1000 msat and 1 ppm of what is passed on; the last hop asks nothing. */
export function feesAlong(hops: number, amountMsat: number): number[] {
  const fees = [0];
  for (let carried = amountMsat; fees.length < hops; carried += fees[0]!) fees.unshift(1000 + Math.floor(carried / 1_000_000));
  return fees;
}

export async function balances(network: Network): Promise<Map<string, number>> {
  const all = new Map<string, number>();
  for (const node of network.nodes.values()) all.set(node.publicKey, (await node.balanceMsat()).localMsat);
  return all;
}

/** The payer gives amount and fees, every hop keeps its fee, the last receives the amount. */
export function predict(change: Map<string, number>, payer: string, route: Route): void {
  const add = (key: string, msat: number) => change.set(key, (change.get(key) ?? 0) + msat);
  add(payer, -route.amountMsat - route.feeMsat);
  for (const { publicKey, feeMsat } of route.hops) add(publicKey, feeMsat);
  add(route.hops.at(-1)!.publicKey, route.amountMsat);
}

export async function balancesChangedBy(
  t: ExecutionContext,
  network: Network,
  before: ReadonlyMap<string, number>,
  change: ReadonlyMap<string, number>,
): Promise<void> {
  const after = await balances(network);
  for (const node of network.nodes.values()) {
    t.is(after.get(node.publicKey)! - before.get(node.publicKey)!, change.get(node.publicKey) ?? 0, node.name);
  }
}
