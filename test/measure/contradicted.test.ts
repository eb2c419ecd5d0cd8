import test from 'ava';
import type { Network } from '../../nodes/node.ts';
import { contradicted } from '../../sim/measure/contradicted.ts';
import type { NodeAccount } from '../../sim/measure/report.ts';

const row = (node: string, paidMsat: number, errorMsat: number): NodeAccount => ({
  node,
  lndDeltaMsat: errorMsat - paidMsat,
  ledgerDeltaMsat: -paidMsat,
  earnedMsat: 0,
  paidMsat,
  errorMsat,
});
const network = (said: Record<string, number>) => ({ paidMsat: async () => new Map(Object.entries(said)) }) as unknown as Network;

test('what a payer kept though its LND lists it as paid is LND’s contradiction, not the ledger’s error', async (t) => {
  // As seen on docker: six payments of 1,001 msat, told as succeeded by an LND whose peer was killed and then failed them.
  const rows = [row('n0', 35_025, 0), row('n1', 110, -6_006), row('n2', 115_115, 6_006)];
  const found = await contradicted(network({ n0: 35_025, n1: 110, n2: 115_115 }), rows, 0, {});
  t.deepEqual(
    found.map(({ errorMsat, contradictedMsat }) => [errorMsat, contradictedMsat]),
    [
      [0, undefined],
      [0, -6_006],
      [0, 6_006],
    ],
  );
});

test('an error that LND’s list does not account for stays one', async (t) => {
  const missed = [row('n1', 0, -1_001), row('n2', 114_114, 1_001)];
  t.is(await contradicted(network({ n1: 0, n2: 113_113 }), missed, 0, {}), missed, 'the ledger has a payment that LND has not');
  const gone = [row('n1', 0, -2_002), row('n2', 114_114, 1_001)];
  t.is(await contradicted(network({ n1: 0, n2: 114_114 }), gone, 0, {}), gone, 'money is missing in the sum');
  const lost = [row('n1', 0, 1_001), row('n2', 114_114, -1_001)];
  t.is(
    await contradicted(network({ n1: 1_001, n2: 114_114 }), lost, 0, {}),
    lost,
    'paid, and not in the ledger: as when something is paid twice',
  );
});
