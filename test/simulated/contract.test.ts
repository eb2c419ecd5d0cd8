import test from 'ava';
import { openSimulated } from '../../nodes/simulated/index.ts';
import { networkContract } from '../network-contract.ts';
import { linePlan } from './line.ts';

networkContract(test, {
  title: 'simulated',
  open: () => openSimulated(linePlan(6), { startRelay: () => Promise.reject(new Error('the plan has no relays')) }),
});
