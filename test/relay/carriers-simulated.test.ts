import test from 'ava';
import { serveOrigin } from '../../nodes/origin.ts';
import { startRelay } from '../../nodes/relay/index.ts';
import { openSimulated } from '../../nodes/simulated/index.ts';
import { carrierContract } from '../carrier-contract.ts';
import { relayLinePlan } from '../relay-contract/plan.ts';

carrierContract(test, {
  title: 'simulated',
  open: () => openSimulated(relayLinePlan(), { startRelay, serveOrigin }),
});
