/** One direction of a planned channel: what its node asks for sending over it, and whether anything goes that way at all. */
import type { ChannelPolicy } from '../../../nodes/node.ts';
import type { ChannelPlan } from '../../../nodes/plan.ts';

/** What `from` announces for sending out over the channel. */
export function policyOf(channel: ChannelPlan, from: string): ChannelPolicy {
  return channel.policies[sideOf(channel, from)];
}

/** Nobody routes over a disabled direction but its own node, and that neither where it never announced one: its maximum is then 0. */
export function isOpen(channel: ChannelPlan, from: string, isPayer: boolean): boolean {
  if (!channel.disabled?.[sideOf(channel, from)]) return true;
  return isPayer && policyOf(channel, from).htlcMaximumMsat !== 0;
}

function sideOf(channel: ChannelPlan, from: string): 0 | 1 {
  return channel.from === from ? 0 : 1;
}
