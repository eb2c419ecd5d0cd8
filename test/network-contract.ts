/**
 * What nodes/node.ts promises, as tests that run on every network: a line of six nodes, n0 … n5, 10 M sat channels half and half,
 * LND's default policy but a minimum of 1 msat, the default onion limiter, no relays. Numbers were measured on LND 0.21.3, or come from BOLT 4 and
 * `bolt04` (test/onion.test.ts). What a network cannot do stands in its skip list with the reason.
 */
import type { TestFn } from 'ava';
import type { Network } from '../nodes/node.ts';
import { blindedPaths } from './network-contract/blinded-paths.ts';
import type { Contracts } from './network-contract/contract.ts';
import { graph } from './network-contract/graph.ts';
import { invoices } from './network-contract/invoices.ts';
import { keys } from './network-contract/keys.ts';
import { keysendSizes } from './network-contract/keysend-sizes.ts';
import { onionMessages } from './network-contract/onion-messages.ts';
import { paymentFailures } from './network-contract/payment-failures.ts';
import { payments } from './network-contract/payments.ts';
import { peerMessages } from './network-contract/peer-messages.ts';
import { signals } from './network-contract/signals.ts';
import { wireRecords } from './network-contract/wire-records.ts';

/** In this order, on one network: a part that loses a connection mends it. */
const CONTRACTS: Contracts = {
  ...graph,
  ...payments,
  ...paymentFailures,
  ...invoices,
  ...keysendSizes,
  ...onionMessages,
  ...blindedPaths,
  ...peerMessages,
  ...keys,
  ...signals,
  ...wireRecords,
};

export interface ContractOptions {
  /** Opens the title of every test. */
  readonly title: string;
  /** Called once, before the first test; the suite disposes it. */
  readonly open: () => Promise<Network>;
  /** Tests by their title (without the network's), each with why this network cannot. */
  readonly skip?: readonly { readonly test: string; readonly reason: string }[];
  /** Instead of the whole contract, for a network that is smaller than the line of six. */
  readonly contracts?: Contracts;
}

export function networkContract(test: TestFn, { title, open, skip = [], contracts = CONTRACTS }: ContractOptions): void {
  let network: Network | undefined;
  test.serial.before(`${title}: opens`, async (t) => {
    t.timeout(600_000);
    network = await open();
  });
  test.serial.after.always(`${title}: is closed`, async (t) => {
    t.timeout(120_000);
    await network?.[Symbol.asyncDispose]();
  });
  for (const { test: name } of skip) if (!(name in contracts)) throw new Error(`the skip list names no test: ${name}`);
  for (const [name, body] of Object.entries(contracts)) {
    const reason = skip.find((entry) => entry.test === name)?.reason;
    if (reason !== undefined) {
      test.serial.skip(`${title}: ${name} (skipped: ${reason})`, () => {});
      continue;
    }
    test.serial(`${title}: ${name}`, async (t) => {
      t.timeout(180_000);
      await body(t, network!, [...network!.nodes.values()]);
    });
  }
}
