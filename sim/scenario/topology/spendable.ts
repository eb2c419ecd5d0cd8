/** Whether a payment of a size can pass a path as it stands when the channels are new. */
import type { ChannelPolicy } from '../../../nodes/node.ts';
import type { ChannelPlan } from '../../../nodes/plan.ts';
import { withUnit } from '../units.ts';
import type { Paths } from './paths.ts';

/** BOLT 2: what each side must keep; LND asks for one percent of the capacity. */
const RESERVE_SHARE = 0.01;
const PER_MILLION = 1_000_000;

/** Why `count` payments of `amountMsat` over this path cannot all settle, or null. */
export function whyNotPayable(paths: Paths, path: readonly string[], amountMsat: number, count: number): string | null {
  let carriedMsat = amountMsat;
  for (let index = path.length - 2; index >= 0; index--) {
    const [from, to] = [path[index]!, path[index + 1]!];
    const channel = widest(paths.between(from, to), from);
    const policy = policyOf(channel, from);
    const mostMsat = spendableMsat(channel, from);
    if (carriedMsat < policy.htlcMinimumMsat) {
      return `${msat(carriedMsat)} is below the htlc_minimum_msat of ${policy.htlcMinimumMsat} from ${from} to ${to}`;
    }
    if (carriedMsat * count > mostMsat) {
      const all = count === 1 ? msat(carriedMsat) : `${count} payments of ${msat(carriedMsat)} (fees included)`;
      return `${all} are more than ${from} can send to ${to}: ${msat(mostMsat)} (its balance less 1 % reserve, capacity ${channel.capacitySat} sat)`;
    }
    // The payer forwards nothing, so it asks no fee.
    if (index > 0) carriedMsat += policy.feeBaseMsat + Math.floor((carriedMsat * policy.feeProportionalMillionths) / PER_MILLION);
  }
  return null;
}

const msat = (value: number) => withUnit(value, 'msat');

function widest(channels: readonly ChannelPlan[], from: string): ChannelPlan {
  return channels.reduce((best, channel) => (spendableMsat(channel, from) > spendableMsat(best, from) ? channel : best));
}

function spendableMsat({ capacitySat, balance, ...ends }: ChannelPlan, from: string): number {
  const openerSat = Math.floor(capacitySat * balance);
  const ownSat = ends.from === from ? openerSat : capacitySat - openerSat;
  return Math.max(0, ownSat - Math.ceil(capacitySat * RESERVE_SHARE)) * 1_000;
}

function policyOf(channel: ChannelPlan, from: string): ChannelPolicy {
  return channel.policies[channel.from === from ? 0 : 1];
}
