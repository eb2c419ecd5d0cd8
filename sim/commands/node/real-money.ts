/** Real money is paid only by who said so, and no more a day than was said. Which network it is, LND says itself. */
import { ScenarioError } from '../../../nodes/errors.ts';
import type { RelayPlan } from '../../../nodes/plan.ts';

/** @throws ScenarioError */
export const assertMayPay = (networks: readonly string[], plan: RelayPlan, mainnet: boolean): void => {
  if (!networks.includes('mainnet')) return;
  if (!mainnet)
    throw new ScenarioError('this LND is on mainnet: expected regtest, testnet or signet', {
      hint: 'to pay real money: --mainnet --budget-sat-per-day N (in a file of --config: plan.budgetPerDayMsat)',
    });
  if (plan.budgetPerDayMsat === undefined)
    throw new ScenarioError('on mainnet a relay needs a budget for each day', {
      hint: '--budget-sat-per-day N (in a file of --config: plan.budgetPerDayMsat)',
    });
};
