/** BOLT 7's routing example ("Routing Example": A, B, C, D, and 4,999,999 msat from A to C): its amounts and time-locks, to the msat and block. */
import test from 'ava';
import type { NetworkPlan } from '../../nodes/plan.ts';
import { FAILURES } from '../../nodes/simulated/engine/htlcs.ts';
import { buildModel } from '../../nodes/simulated/world.ts';
import { linePlan } from './line.ts';

const AMOUNT_MSAT = 4_999_999;
/** The example's: C wants 9 blocks, and the sender adds 42 so as not to be found out. */
const FINAL_BLOCKS = 9 + 42;
const NAMES = ['A', 'B', 'C', 'D'];

/** A asks for 100 msat and 1,000 ppm over 10 blocks, B for twice that, C for three and D for four times. */
function example(): NetworkPlan {
  const policy = (index: number) => ({
    feeBaseMsat: 100 * (index + 1),
    feeProportionalMillionths: 1_000 * (index + 1),
    cltvExpiryDelta: 10 * (index + 1),
    htlcMinimumMsat: 1,
  });
  const channel = (from: number, to: number) => ({
    name: `${NAMES[from]}-${NAMES[to]}`,
    from: NAMES[from]!,
    to: NAMES[to]!,
    capacitySat: 1_000_000,
    balance: 0.5,
    policies: [policy(from), policy(to)] as const,
  });
  const { nodes, ...base } = linePlan(4);
  return {
    ...base,
    nodes: nodes.map((node, index) => ({ ...node, name: NAMES[index]! })),
    channels: [channel(0, 1), channel(0, 3), channel(1, 2), channel(2, 3)],
  };
}

/** What becomes of a payment over two ends with such a first HTLC. */
function outcome(ends: readonly [number, number], firstMsat: number, firstBlocks: number): string {
  const { engine, core, time } = buildModel(example());
  const { routes, chain } = core;
  const finalExpiry = chain.height + FINAL_BLOCKS;
  ends.forEach((end, hop) => {
    routes.end[hop] = end;
    routes.forwardMsat[hop] = AMOUNT_MSAT;
    routes.expiry[hop] = finalExpiry;
  });
  routes.hops = 2;
  routes.firstMsat = firstMsat;
  routes.firstExpiry = chain.height + firstBlocks;
  let heard = 'nothing';
  engine.payments.onEnd = (_payment, _tag, failure, hop) => {
    heard = failure < 0 ? 'settled' : `${FAILURES[failure]} by hop ${hop}`;
  };
  engine.pay(routes.keep(), 0);
  time.runEvents(Number.POSITIVE_INFINITY);
  return heard;
}

const [A_TO_B, A_TO_D, B_TO_C, D_TO_C] = [0, 2, 4, 7];

for (const [way, ends, firstMsat, delta] of [
  ['A → B → C', [A_TO_B, B_TO_C], 5_010_198, 20],
  ['A → D → C', [A_TO_D, D_TO_C], 5_020_398, 40],
] as const) {
  test(`${way} takes ${firstMsat} msat and ${delta} blocks more than C wants, and no msat and no block less`, (t) => {
    t.is(outcome(ends, firstMsat, FINAL_BLOCKS + delta), 'settled');
    t.is(outcome(ends, firstMsat - 1, FINAL_BLOCKS + delta), 'FEE_INSUFFICIENT by hop 0');
    t.is(outcome(ends, firstMsat, FINAL_BLOCKS + delta - 1), 'INCORRECT_CLTV_EXPIRY by hop 0');
  });
}
