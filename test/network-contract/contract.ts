/** What the parts of the contract share: the shape of one, and the numbers and ways of the line of six. */
import type { ExecutionContext } from 'ava';
import type { Network, Node, Route, RouteRequest } from '../../nodes/node.ts';

/** One promise of the seam; `line` is n0 … n5. Every test leaves the network as it found it: peers connected, channels active. */
export type Contract = (t: ExecutionContext, network: Network, line: readonly Node[]) => Promise<void>;
/** By title. */
export type Contracts = Readonly<Record<string, Contract>>;

export const HOPS = [1, 2, 3, 4, 5] as const;
/** More than any fee here. */
export const FEES_MSAT = 1_000_000;

export function routeRequest(to: Node): RouteRequest {
  return { destination: to.publicKey, amountMsat: 1000, maxFeeMsat: FEES_MSAT };
}

export function routeTo(line: readonly Node[], hops: number, amountMsat: number): Promise<Route> {
  return line[0]!.route({ ...routeRequest(line[hops]!), amountMsat });
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
