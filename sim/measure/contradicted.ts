/**
 * Where LND contradicts itself. One that is killed between giving out a preimage and signing the channel without that HTLC takes the HTLC
 * for a replay after its restart and fails it (0.21.3, htlcswitch/hop/iterator.go): the payer has been told "succeeded", and keeps its money.
 * No ledger that believes LND's word agrees with its balances then.
 */
import type { Network, Waiting } from '../../nodes/node.ts';
import type { NodeAccount } from './report.ts';

/**
 * The rows, where all of the disagreement is LND's own: nobody's money is missing in the sum, and each payer that kept some has paid, by
 * LND's list of its payments, to the msat what our ledger says. Else the same rows.
 */
export async function contradicted(
  network: Network,
  rows: readonly NodeAccount[],
  sinceMs: number,
  waiting: Waiting,
): Promise<readonly NodeAccount[]> {
  const kept = rows.filter(({ errorMsat }) => errorMsat > 0);
  if (network.paidMsat === undefined || kept.length === 0 || rows.reduce((sum, { errorMsat }) => sum + errorMsat, 0) !== 0) return rows;
  const said = await network.paidMsat(sinceMs, waiting);
  if (kept.some(({ node, paidMsat }) => said.get(node) !== paidMsat)) return rows;
  return rows.map(({ errorMsat, ...row }) => ({ ...row, ...(errorMsat !== 0 && { contradictedMsat: errorMsat }), errorMsat: 0 }));
}
