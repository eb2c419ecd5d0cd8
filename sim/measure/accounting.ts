/** Where every millisatoshi went: LND's balances, taken when quiet, against what our ledgers say they should be. */
import { DeadlineError } from '../../nodes/errors.ts';
import type { Balance, Channel, Network, RelayLedger, Waiting } from '../../nodes/node.ts';
import { type ChannelsByNode, leftWithClosed } from './closed.ts';
import { commitFeeChanges } from './commit-fees.ts';
import { type Change, type LedgerEntry, NOTHING, predictedChanges, relayEntries, sum } from './ledger.ts';
import type { NodeAccount } from './report.ts';

/** All balances and relay ledgers at one quiet moment, by node name. */
export interface Snapshot {
  /** Of the network's clock, when nothing was under way. */
  readonly atMs: number;
  readonly balances: ReadonlyMap<string, Balance>;
  readonly relays: ReadonlyMap<string, RelayLedger>;
  /** By public key; absent where no channel is to be closed, since asking every node of a large network takes its time. */
  readonly channels?: ChannelsByNode;
}

/** What a fault held up goes on when it is mended, between one reading and the next: so often are both taken anew. */
const READINGS_MAX = 20;

/**
 * Waits until nothing is in flight. Relays say what they paid once no payment is under way; balances that are the same before and after
 * that belong to it. Errors: those of the network, DeadlineError where payments never stop.
 */
export async function takeSnapshot(network: Network, waiting: Waiting, closes = false): Promise<Snapshot> {
  for (let reading = 1; reading <= READINGS_MAX; reading++) {
    await network.quiet(waiting);
    const atMs = network.clock.now();
    const balances = network.balances?.() ?? (await askedBalances(network, waiting));
    const relays = new Map<string, RelayLedger>();
    for (const [name, relay] of network.relays) relays.set(name, await relay.ledger(waiting));
    if (relays.size > 0 && !alike(balances, network.balances?.() ?? (await askedBalances(network, waiting)))) continue;
    if (!closes) return { atMs, balances, relays };
    const channels = new Map<string, readonly Channel[]>();
    for (const node of network.nodes.values()) channels.set(node.publicKey, await node.channels(waiting));
    return { atMs, balances, relays, channels };
  }
  throw new DeadlineError(`expected payments to stop, but balances changed in each of ${READINGS_MAX} readings`);
}

const alike = (before: ReadonlyMap<string, Balance>, after: ReadonlyMap<string, Balance>): boolean =>
  [...before].every(([name, { localMsat, remoteMsat, unsettledMsat }]) => {
    const now = after.get(name);
    return now?.localMsat === localMsat && now.remoteMsat === remoteMsat && now.unsettledMsat === unsettledMsat;
  });

async function askedBalances(network: Network, waiting: Waiting): Promise<ReadonlyMap<string, Balance>> {
  const balances = new Map<string, Balance>();
  for (const [name, node] of network.nodes) balances.set(name, await node.balanceMsat(waiting));
  return balances;
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
  traffic: ReadonlyMap<string, Change> = new Map(),
): { readonly rows: NodeAccount[]; readonly unsure: boolean } {
  const changes = predictedChanges(entries);
  const closed = leftWithClosed(before.channels ?? new Map(), after.channels ?? new Map(), entries);
  // A node's key costs as much as a payment: it is asked for only where something could be about it.
  const leftBy = (name: string) =>
    (closed.size === 0 ? undefined : closed.get(network.nodes.get(name)!.publicKey)) ?? { localMsat: 0, totalMsat: 0 };
  const lostMsat = new Map(
    [...network.nodes.keys()].map((name) => [name, totalMsat(before, name) - totalMsat(after, name) - leftBy(name).totalMsat]),
  );
  const commitFees = commitFeeChanges(network.plan.channels, lostMsat);
  const rows = [...network.nodes.keys()].map((name) => {
    const own = changes.size === 0 ? NOTHING : (changes.get(network.nodes.get(name)!.publicKey) ?? NOTHING);
    const { paidMsat, earnedMsat, receivedMsat } = sum(own, traffic.get(name) ?? NOTHING);
    const lndDeltaMsat = after.balances.get(name)!.localMsat - before.balances.get(name)!.localMsat;
    const ledgerDeltaMsat = receivedMsat + earnedMsat - paidMsat;
    const commitFeeDeltaMsat = commitFees?.get(name) ?? 0;
    const closedMsat = leftBy(name).localMsat;
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
