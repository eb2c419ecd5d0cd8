/** Channels that close during a run: what was in them leaves the balances, and the books balance all the same. */
import test from 'ava';
import { leftWithClosed } from '../../sim/measure/closed.ts';
import type { LedgerEntry } from '../../sim/measure/ledger.ts';

const channel = (id: string, partner: string, localBalanceSat: number, remoteBalanceSat: number) => ({
  id,
  partner,
  capacitySat: localBalanceSat + remoteBalanceSat,
  localBalanceSat,
  remoteBalanceSat,
  active: true,
  pendingHtlcs: 0,
});

/** a pays 10,000 msat to c over b, which keeps 1,000. */
const paid: LedgerEntry = { payer: 'a', route: { hops: ['b', 'c'], earnedMsat: [1_000, 0], deliveredMsat: 10_000, htlcs: 1 } };

test('a closed channel takes along what it had and what payments moved over it, at both its ends', (t) => {
  const before = new Map([
    ['a', [channel('ab', 'b', 600, 400)]],
    ['b', [channel('ab', 'a', 400, 600), channel('bc', 'c', 500, 500)]],
    ['c', [channel('bc', 'b', 500, 500)]],
  ]);
  const after = new Map([
    ['a', []],
    ['b', [channel('bc', 'c', 490, 510)]],
    ['c', [channel('bc', 'b', 510, 490)]],
  ]);
  const left = leftWithClosed(before, after, [paid]);
  t.deepEqual(left.get('a'), { localMsat: 600_000 - 11_000, totalMsat: 1_000_000 });
  t.deepEqual(left.get('b'), { localMsat: 400_000 + 11_000, totalMsat: 1_000_000 });
  t.false(left.has('c'));
});

test('where nothing was closed nothing left', (t) => {
  const same = new Map([['a', [channel('ab', 'b', 1, 1)]]]);
  t.is(leftWithClosed(same, same, [paid]).size, 0);
  t.is(leftWithClosed(new Map(), new Map(), [paid]).size, 0);
});
