/** Where every millisatoshi went: LND's balances, taken when quiet, against what our ledgers say they should be. */
import type { Balance, Channel, Network, RelayLedger, Waiting } from '../../nodes/node.ts';
import { type ChannelsByNode, leftWithClosed } from './closed.ts';
import { commitFeeChanges } from './commit-fees.ts';
import { type LedgerEntry, predictedChanges, relayEntries } from './ledger.ts';
import type { NodeAccount } from './report.ts';

/** All balances and relay ledgers at one quiet moment, by node name. */
export interface Snapshot {
  readonly balances: ReadonlyMap<string, Balance>;
  readonly relays: ReadonlyMap<string, RelayLedger>;
  /** By public key; absent where no channel is to be closed, since asking every node of a large network takes its time. */
  readonly channels?: ChannelsByNode;
}

/** Waits until nothing is in flight. Errors: those of the network. */
export async function takeSnapshot(network: Network, waiting: Waiting, closes = false): Promise<Snapshot> {
  await network.quiet(waiting);
  const balances = new Map<string, Balance>();
  for (const [name, node] of network.nodes) balances.set(name, await node.balanceMsat(waiting));
  const relays = new Map<string, RelayLedger>();
  for (const [name, relay] of network.relays) relays.set(name, await relay.ledger(waiting));
  if (!closes) return { balances, relays };
  const channels = new Map<string, readonly Channel[]>();
  for (const node of network.nodes.values()) channels.set(node.publicKey, await node.channels(waiting));
  return { balances, relays, channels };
}

/** What all relays paid between two snapshots. */
export function relaysPaid(network: Network, before: Snapshot, after: Snapshot): LedgerEntry[] {
  return [...network.relays].flatMap(([name, relay]) => relayEntries(relay.publicKey, before.relays.get(name)!, after.relays.get(name)!));
}

/**
 * One row per node, in the plan's order. A balance leaves out commit fees and anchors as LND's own does: they are the opener's, and what
 * they changed by is added back. `unsure` when that cannot be told, and then nothing is.
 */
export function accounts(
  network: Network,
  before: Snapshot,
  after: Snapshot,
  entries: readonly LedgerEntry[],
): { readonly rows: NodeAccount[]; readonly unsure: boolean } {
  const changes = predictedChanges(entries);
  const closed = leftWithClosed(before.channels ?? new Map(), after.channels ?? new Map(), entries);
  const leftBy = (publicKey: string) => closed.get(publicKey) ?? { localMsat: 0, totalMsat: 0 };
  const lostMsat = new Map(
    [...network.nodes].map(([name, { publicKey }]) => [
      name,
      totalMsat(before, name) - totalMsat(after, name) - leftBy(publicKey).totalMsat,
    ]),
  );
  const commitFees = commitFeeChanges(network.plan.channels, lostMsat);
  const rows = [...network.nodes].map(([name, { publicKey }]) => {
    const { paidMsat, earnedMsat, receivedMsat } = changes.get(publicKey) ?? { paidMsat: 0, earnedMsat: 0, receivedMsat: 0 };
    const lndDeltaMsat = after.balances.get(name)!.localMsat - before.balances.get(name)!.localMsat;
    const ledgerDeltaMsat = receivedMsat + earnedMsat - paidMsat;
    const commitFeeDeltaMsat = commitFees?.get(name) ?? 0;
    const closedMsat = leftBy(publicKey).localMsat;
    const errorMsat = lndDeltaMsat + commitFeeDeltaMsat + closedMsat - ledgerDeltaMsat;
    return {
      node: name,
      lndDeltaMsat,
      ledgerDeltaMsat,
      earnedMsat,
      paidMsat,
      errorMsat,
      ...(commitFeeDeltaMsat !== 0 && { commitFeeDeltaMsat }),
      ...(closedMsat !== 0 && { closedMsat }),
    };
  });
  return { rows, unsure: commitFees === null };
}

/** Σ over nodes of what LND and we disagree about, in msat. */
export function accountingErrorMsat(rows: readonly NodeAccount[]): number {
  return rows.reduce((sum, { errorMsat }) => sum + Math.abs(errorMsat), 0);
}

/** Both sides of a node's channels. Nothing but commit fees takes from it: a payment only moves msat from one side to the other. */
function totalMsat({ balances }: Snapshot, name: string): number {
  const { localMsat, remoteMsat, unsettledMsat } = balances.get(name)!;
  return localMsat + remoteMsat + unsettledMsat;
}
