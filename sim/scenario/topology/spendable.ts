/** Whether a payment of a size can pass a path as it stands when the channels are new. */
import type { ChannelPlan } from '../../../nodes/plan.ts';
import { withUnit } from '../units.ts';
import { isOpen, policyOf } from './direction.ts';
import type { Paths } from './paths.ts';

/** BOLT 2: what each side must keep; LND asks for one percent of the capacity. */
const RESERVE_SHARE = 0.01;
const PER_MILLION = 1_000_000;

export interface Unpayable {
  /** What about the payment is to blame. */
  readonly blamed: 'amount' | 'hops';
  /** Why, and what to try. */
  readonly text: string;
}

const LESS_OR_MORE = 'lower amount or count, or raise capacity';

/** Why `count` payments of `amountMsat` over this path cannot all settle, or null. */
export function whyNotPayable(paths: Paths, path: readonly string[], amountMsat: number, count: number): Unpayable | null {
  let carriedMsat = amountMsat;
  for (let index = path.length - 2; index >= 0; index--) {
    const [from, to] = [path[index]!, path[index + 1]!];
    const open = paths.between(from, to).filter((channel) => isOpen(channel, from, index === 0));
    if (open.length === 0) {
      const why = 'that direction is disabled or was never announced';
      return { blamed: 'hops', text: `nothing goes from ${from} to ${to}: ${why}; name another from, or other hops` };
    }
    const fitting = open.filter((channel) => carriedMsat <= maximumMsat(channel, from));
    if (fitting.length === 0) {
      const most = Math.max(...open.map((channel) => maximumMsat(channel, from)));
      return ofAmount(`${msat(carriedMsat)} is above the htlc_maximum_msat of ${most} from ${from} to ${to}; lower amount`);
    }
    const channel = widest(fitting, from);
    const policy = policyOf(channel, from);
    const mostMsat = spendableMsat(channel, from);
    if (carriedMsat < policy.htlcMinimumMsat) {
      const least = `the htlc_minimum_msat of ${policy.htlcMinimumMsat}`;
      return ofAmount(`${msat(carriedMsat)} is below ${least} from ${from} to ${to}; ${LESS_OR_MORE}`);
    }
    if (carriedMsat * count > mostMsat) {
      const all = count === 1 ? msat(carriedMsat) : `${count} payments of ${msat(carriedMsat)} (fees included)`;
      const held = `${msat(mostMsat)} (its balance less 1 % reserve, capacity ${channel.capacitySat} sat)`;
      return ofAmount(`${all} are more than ${from} can send to ${to}: ${held}; ${LESS_OR_MORE}`);
    }
    // The payer forwards nothing, so it asks no fee.
    if (index > 0) carriedMsat += policy.feeBaseMsat + Math.floor((carriedMsat * policy.feeProportionalMillionths) / PER_MILLION);
  }
  return null;
}

const ofAmount = (text: string): Unpayable => ({ blamed: 'amount', text });

const msat = (value: number) => withUnit(value, 'msat');

/** What a node does not bound is bounded by what it holds. */
function maximumMsat(channel: ChannelPlan, from: string): number {
  return policyOf(channel, from).htlcMaximumMsat ?? Number.POSITIVE_INFINITY;
}

function widest(channels: readonly ChannelPlan[], from: string): ChannelPlan {
  return channels.reduce((best, channel) => (spendableMsat(channel, from) > spendableMsat(best, from) ? channel : best));
}

function spendableMsat({ capacitySat, balance, ...ends }: ChannelPlan, from: string): number {
  const openerSat = Math.floor(capacitySat * balance);
  const ownSat = ends.from === from ? openerSat : capacitySat - openerSat;
  return Math.max(0, ownSat - Math.ceil(capacitySat * RESERVE_SHARE)) * 1_000;
}
