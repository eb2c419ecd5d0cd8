/** All contract suites on one line of six real nodes: bringing it up costs more than most of its tests. */
import test from 'ava';
import { openDocker } from '../../nodes/docker/network.ts';
import type { Network } from '../../nodes/node.ts';
import { connectRelay } from '../../nodes/relay/index.ts';
import { carrierContract } from '../carrier-contract.ts';
import { wireRecords } from '../network-contract/wire-records.ts';
import { networkContract } from '../network-contract.ts';
import { relayLinePlan } from '../relay-contract/plan.ts';
import { relayContract } from '../relay-contract.ts';
import { missing } from './with-engine.ts';

let shared: Promise<Network> | undefined;
const open = (): Promise<Network> => {
  shared ??= openDocker(relayLinePlan(), { connectRelay });
  return shared;
};

if (missing === null) {
  const reason = 'the relay beside each node is the one program that LND asks; test/docker/wire-records.test.ts has nodes without';
  networkContract(test, { title: 'docker', open, skip: Object.keys(wireRecords).map((name) => ({ test: name, reason })) });
  carrierContract(test, { title: 'docker, carriers', open });
  relayContract(test, { title: 'docker, relays', open });
} else if (process.env.LEYDEN_DOCKER === 'required') test('docker: opens', (t) => t.fail(`LEYDEN_DOCKER=required, but ${missing}`));
else test.skip(`docker: the contracts of nodes and relays (skipped: ${missing})`, () => {});
