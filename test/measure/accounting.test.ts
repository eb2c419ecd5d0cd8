import test from 'ava';
import { DeadlineError } from '../../nodes/errors.ts';
import type { Network, RelayLedger } from '../../nodes/node.ts';
import { takeSnapshot } from '../../sim/measure/accounting.ts';

/** One node with a relay that makes `payments` more of 1 sat, each just after the balance was read. */
const paying = (payments: number) => {
  let [paid, left, reads] = [0, payments, 0];
  const network = {
    clock: { now: () => 0 },
    quiet: async () => {},
    nodes: new Map([
      [
        'n0',
        {
          balanceMsat: async () => {
            reads += 1;
            const localMsat = 1_000_000 - 1_000 * paid;
            if (left > 0) [left, paid] = [left - 1, paid + 1];
            return { localMsat, remoteMsat: 0, unsettledMsat: 0 };
          },
        },
      ],
    ]),
    relays: new Map([['n0', { ledger: async () => ({ deliveredMsat: 1_000 * paid }) as RelayLedger }]]),
  };
  return { network: network as unknown as Network, reads: () => reads };
};

test('a balance and a ledger of one snapshot are of one moment, though payments go on between the two readings', async (t) => {
  for (const payments of [0, 1, 2, 7]) {
    const { network } = paying(payments);
    const { balances, relays } = await takeSnapshot(network, {});
    t.is(balances.get('n0')!.localMsat, 1_000_000 - relays.get('n0')!.deliveredMsat);
    t.is(relays.get('n0')!.deliveredMsat, 1_000 * payments);
  }
});

test('payments that never stop end the wait by name', async (t) => {
  const { network, reads } = paying(Number.POSITIVE_INFINITY);
  await t.throwsAsync(takeSnapshot(network, {}), { instanceOf: DeadlineError, message: /payments to stop/ });
  t.is(reads(), 40);
});
