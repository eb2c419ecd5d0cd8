/** The part of the network contract that needs LNDs without relays beside them: three nodes of their own. */
import test from 'ava';
import { openDocker } from '../../nodes/docker/network.ts';
import { wireRecords } from '../network-contract/wire-records.ts';
import { networkContract } from '../network-contract.ts';
import { linePlan } from '../simulated/line.ts';
import { missing } from './with-engine.ts';

const connectRelay = () => {
  throw new Error('the plan has no relays');
};

if (missing === null)
  networkContract(test, { title: 'docker, three nodes', contracts: wireRecords, open: () => openDocker(linePlan(3), { connectRelay }) });
else if (process.env.LEYDEN_DOCKER === 'required') test('docker: opens', (t) => t.fail(`LEYDEN_DOCKER=required, but ${missing}`));
else test.skip(`docker: wire records (skipped: ${missing})`, () => {});
