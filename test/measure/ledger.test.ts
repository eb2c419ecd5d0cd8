import test from 'ava';
import fc from 'fast-check';
import type { LedgerRoute, RelayLedger, Route } from '../../nodes/node.ts';
import type { NetworkPlan } from '../../nodes/plan.ts';
import { channelRecords } from '../../sim/measure/carried.ts';
import { type LedgerEntry, PaymentLedger, predictedChanges, relayEntries } from '../../sim/measure/ledger.ts';

const hash = new Uint8Array(32);

/** n0 pays 1000 msat to n3 over n1 and n2, which keep 1002 and 1001 msat. */
const route: Route = {
  hops: [
    { publicKey: 'n1', channel: '1x1x0', forwardMsat: 2001, feeMsat: 1002, expiry: 300 },
    { publicKey: 'n2', channel: '1x2x0', forwardMsat: 1000, feeMsat: 1001, expiry: 220 },
    { publicKey: 'n3', channel: '1x3x0', forwardMsat: 1000, feeMsat: 0, expiry: 220 },
  ],
  amountMsat: 1000,
  feeMsat: 2003,
  payloadBytesMax: 1105,
  staleAtHeight: 400,
  native: null,
};

test('the payer pays delivered and fees, each hop keeps its fee, the last receives', (t) => {
  const ledger = new PaymentLedger();
  ledger.settled('n0', route, { hash, amountMsat: 1000, feeMsat: 2003, hops: 3 });
  ledger.settled('n0', route, { hash, amountMsat: 1000, feeMsat: 2003, hops: 3 });
  ledger.failed();
  t.deepEqual(Object.fromEntries(predictedChanges(ledger.entries)), {
    n0: { paidMsat: 6006, earnedMsat: 0, receivedMsat: 0 },
    n1: { paidMsat: 0, earnedMsat: 2004, receivedMsat: 0 },
    n2: { paidMsat: 0, earnedMsat: 2002, receivedMsat: 0 },
    n3: { paidMsat: 0, earnedMsat: 0, receivedMsat: 2000 },
  });
  t.deepEqual([ledger.htlcsSettled, ledger.htlcsFailed, ledger.entries.length], [2, 1, 1]);
});

const relayLedger = (...routes: LedgerRoute[]): RelayLedger => ({
  deliveredMsat: 0,
  feesMsat: 0,
  receivedMsat: 0,
  htlcsSettled: 0,
  htlcsFailed: 0,
  budgetMsat: 0,
  routes,
});

test('what a relay paid before the run is not counted', (t) => {
  const before = relayLedger(
    { hops: ['n1', 'n2'], earnedMsat: [1000, 0], deliveredMsat: 1, htlcs: 1 },
    { hops: ['n1'], earnedMsat: [0], deliveredMsat: 5, htlcs: 1 },
  );
  const after = relayLedger(
    { hops: ['n1', 'n2'], earnedMsat: [4000, 0], deliveredMsat: 4, htlcs: 4 },
    { hops: ['n1'], earnedMsat: [0], deliveredMsat: 5, htlcs: 1 },
    { hops: ['n1', 'n3'], earnedMsat: [2000, 0], deliveredMsat: 2, htlcs: 2 },
  );
  t.deepEqual(relayEntries('n0', before, after), [
    { payer: 'n0', route: { hops: ['n1', 'n2'], earnedMsat: [3000, 0], deliveredMsat: 3, htlcs: 3 } },
    { payer: 'n0', route: { hops: ['n1', 'n3'], earnedMsat: [2000, 0], deliveredMsat: 2, htlcs: 2 } },
  ]);
});

const entry: fc.Arbitrary<LedgerEntry> = fc
  .tuple(
    fc.shuffledSubarray(['a', 'b', 'c', 'd', 'e'], { minLength: 2 }),
    fc.array(fc.nat(5000), { minLength: 5, maxLength: 5 }),
    fc.nat(1e6),
  )
  .map(([[payer, ...hops], fees, deliveredMsat]) => ({
    payer: payer!,
    route: { hops, earnedMsat: hops.map((_, index) => (index === hops.length - 1 ? 0 : fees[index]!)), deliveredMsat, htlcs: 1 },
  }));

test('payments move msat between nodes and make none, whoever pays whom', (t) => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 30 }), (entries) => {
      const sum = [...predictedChanges(entries).values()].reduce((all, c) => all + c.receivedMsat + c.earnedMsat - c.paidMsat, 0);
      t.is(sum, 0);
    }),
    { numRuns: 100 },
  );
});

test('a channel carried what arrived at its far end, before that node kept its fee', (t) => {
  const ledger = new PaymentLedger();
  ledger.settled(
    'k0',
    { ...route, hops: route.hops.map((hop, index) => ({ ...hop, publicKey: `k${index + 1}` })) },
    {
      hash,
      amountMsat: 1000,
      feeMsat: 2003,
      hops: 3,
    },
  );
  const channel = (from: string, to: string) => ({ name: `${from}-${to}`, from, to, capacitySat: 10_000_000, balance: 0.5 });
  const plan = { channels: [channel('n0', 'n1'), channel('n2', 'n1'), channel('n2', 'n3'), channel('n3', 'n4')] } as unknown as NetworkPlan;
  const names = new Map([0, 1, 2, 3, 4].map((index) => [`k${index}`, `n${index}`]));
  t.deepEqual(
    channelRecords(plan, names, ledger.entries).map(({ name, htlcs, forwardedMsat }) => [name, htlcs, forwardedMsat]),
    [
      ['n0-n1', 1, 3003],
      ['n2-n1', 1, 2001],
      ['n2-n3', 1, 1000],
      ['n3-n4', 0, 0],
    ],
  );
});
