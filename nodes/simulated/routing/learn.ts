/**
 * What a payer makes of how an attempt ended: LND's interpretation of results (routing/result_interpretation.go at v0.21.3-beta), which
 * pairs of nodes succeeded and which are to blame, told to mission control.
 */
import type { FailureCode } from '../engine/htlcs.ts';
import type { MissionControl } from './mission-control.ts';

/** A route by node and amount: pair i leads from nodes[i] to nodes[i + 1] with amounts[i]. Filled by who learns; kept between calls. */
export class Walk {
  readonly nodes: number[] = [];
  readonly amountsMsat: number[] = [];
  pairs = 0;
}

/** Failures that bring a channel_update with them: the payer's idea of the policy was an old one. */
export function isOfPolicy(code: FailureCode): boolean {
  return code === 'AMOUNT_BELOW_MINIMUM' || code === 'FEE_INSUFFICIENT' || code === 'INCORRECT_CLTV_EXPIRY';
}

/** Every pair carried its amount. */
export function learnSuccess(memory: MissionControl, { nodes, amountsMsat, pairs }: Walk): void {
  for (let pair = 0; pair < pairs; pair++) succeed(memory, nodes, amountsMsat, pair);
}

/** @param hop index of the hop that refused, from 0; −1: the payer's own channel, which says nothing. @returns whether another attempt makes sense. */
export function learnFailure(memory: MissionControl, walk: Walk, code: FailureCode, hop: number, nowUs: number): boolean {
  const { nodes, amountsMsat, pairs } = walk;
  const payer = nodes[0]!;
  if (hop < 0) return true;
  if (hop === pairs - 1) return learnFinal(memory, walk, code, nowUs);
  const out = hop + 1;
  switch (code) {
    case 'TEMPORARY_CHANNEL_FAILURE':
      memory.failed(payer, nodes[out]!, nodes[out + 1]!, amountsMsat[out]!, nowUs);
      for (let pair = 0; pair < out; pair++) succeed(memory, nodes, amountsMsat, pair);
      break;
    case 'UNKNOWN_NEXT_PEER':
      failBothWays(memory, walk, out, nowUs);
      break;
    case 'AMOUNT_BELOW_MINIMUM':
    case 'FEE_INSUFFICIENT':
    case 'INCORRECT_CLTV_EXPIRY':
      // The new policy came with the failure: forgiven once a minute.
      if (memory.secondChance(payer, nodes[out]!, nodes[out + 1]!, nowUs)) break;
      if (hop === 0) failNode(memory, walk, 0, nowUs);
      else {
        failBothWays(memory, walk, hop, nowUs);
        for (let pair = 0; pair < hop; pair++) succeed(memory, nodes, amountsMsat, pair);
      }
      break;
    case 'EXPIRY_TOO_SOON':
      if (hop === 0) failNode(memory, walk, 0, nowUs);
      else for (let pair = 0; pair <= hop; pair++) failBothWays(memory, walk, pair, nowUs);
      break;
    default:
      failNode(memory, walk, hop, nowUs);
  }
  return true;
}

/** The destination's own word ends the payment. */
function learnFinal(memory: MissionControl, walk: Walk, code: FailureCode, nowUs: number): boolean {
  if (code === 'INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS') learnSuccess(memory, walk);
  else {
    failNode(memory, walk, walk.pairs - 1, nowUs);
    for (let pair = 0; pair < walk.pairs - 1; pair++) succeed(memory, walk.nodes, walk.amountsMsat, pair);
  }
  return false;
}

function succeed(memory: MissionControl, nodes: readonly number[], amountsMsat: readonly number[], pair: number): void {
  memory.succeeded(nodes[0]!, nodes[pair]!, nodes[pair + 1]!, amountsMsat[pair]!);
}

function failBothWays(memory: MissionControl, { nodes }: Walk, pair: number, nowUs: number): void {
  memory.failed(nodes[0]!, nodes[pair]!, nodes[pair + 1]!, 0, nowUs);
  memory.failed(nodes[0]!, nodes[pair + 1]!, nodes[pair]!, 0, nowUs);
}

/** failNode: all that is remembered of it, and the pairs of this route that touch it. */
function failNode(memory: MissionControl, walk: Walk, hop: number, nowUs: number): void {
  memory.nodeFailed(walk.nodes[0]!, walk.nodes[hop + 1]!, nowUs);
  failBothWays(memory, walk, hop, nowUs);
  if (hop + 1 < walk.pairs) failBothWays(memory, walk, hop + 1, nowUs);
}
