/** Where every millisatoshi went: LND's balances, taken when quiet, against what our ledgers say they should be. */
import type { Balance, Network, RelayLedger, Waiting } from '../../nodes/node.ts';
import { type LedgerEntry, predictedChanges, relayEntries } from './ledger.ts';
import type { NodeAccount } from './report.ts';

/** All balances and relay ledgers at one quiet moment, by node name. */
export interface Snapshot {
  readonly balances: ReadonlyMap<string, Balance>;
  readonly relays: ReadonlyMap<string, RelayLedger>;
}

/** Waits until nothing is in flight. Errors: those of the network. */
export async function takeSnapshot(network: Network, waiting: Waiting): Promise<Snapshot> {
  await network.quiet(waiting);
  const balances = new Map<string, Balance>();
  for (const [name, node] of network.nodes) balances.set(name, await node.balanceMsat(waiting));
  const relays = new Map<string, RelayLedger>();
  for (const [name, relay] of network.relays) relays.set(name, await relay.ledger(waiting));
  return { balances, relays };
}

/** What all relays paid between two snapshots. */
export function relaysPaid(network: Network, before: Snapshot, after: Snapshot): LedgerEntry[] {
  return [...network.relays].flatMap(([name, relay]) => relayEntries(relay.publicKey, before.relays.get(name)!, after.relays.get(name)!));
}

/**
 * One row per node, in the plan's order. A balance here leaves out commit fees and anchors as LND's own does: they are the opener's, and
 * stand still while nothing is in flight and the fee rate stays; `commitFeeShiftMsat` tells when it did not.
 */
export function accounts(network: Network, before: Snapshot, after: Snapshot, entries: readonly LedgerEntry[]): NodeAccount[] {
  const changes = predictedChanges(entries);
  return [...network.nodes].map(([name, { publicKey }]) => {
    const { paidMsat, earnedMsat, receivedMsat } = changes.get(publicKey) ?? { paidMsat: 0, earnedMsat: 0, receivedMsat: 0 };
    const lndDeltaMsat = owned(after.balances.get(name)!) - owned(before.balances.get(name)!);
    const ledgerDeltaMsat = receivedMsat + earnedMsat - paidMsat;
    return { node: name, lndDeltaMsat, ledgerDeltaMsat, earnedMsat, paidMsat, errorMsat: lndDeltaMsat - ledgerDeltaMsat };
  });
}

/** Σ over nodes of what LND and we disagree about, in msat. */
export function accountingErrorMsat(rows: readonly NodeAccount[]): number {
  return rows.reduce((sum, { errorMsat }) => sum + Math.abs(errorMsat), 0);
}

/**
 * By how much, over all nodes, both ends' balances together shrank: nothing but commit fees takes from them, so anything but 0 means
 * that LND changed its fee rate during the run and openers' balances moved with it.
 */
export function commitFeeShiftMsat(before: Snapshot, after: Snapshot): number {
  const total = ({ balances }: Snapshot) =>
    [...balances.values()].reduce((sum, balance) => sum + balance.localMsat + balance.remoteMsat, 0);
  return total(before) - total(after);
}

function owned({ localMsat }: Balance): number {
  return localMsat;
}
