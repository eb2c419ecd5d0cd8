import test from 'ava';
import { serveOrigin } from '../../nodes/origin.ts';
import { startRelay } from '../../nodes/relay/index.ts';
import { openSimulated } from '../../nodes/simulated/index.ts';
import { relayLinePlan } from '../relay-contract/plan.ts';
import { relayContract } from '../relay-contract.ts';

relayContract(test, {
  title: 'simulated',
  open: () => openSimulated(relayLinePlan(), { startRelay, serveOrigin }),
});
