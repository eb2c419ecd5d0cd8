/** What LND says of its channels, its balance and the graph. */

import type { AuthenticatedLnd } from 'lightning';
import { getChannels, getNetworkGraph } from 'ln-service';
import type { Balance, Channel, Graph, GraphEnd, Waiting } from '../node.ts';
import { asked } from './failures.ts';
import { unary } from './grpc.ts';

export const channelsOf = async (lnd: AuthenticatedLnd): Promise<readonly Channel[]> => {
  const { channels } = await asked('list channels', getChannels({ lnd }));
  return channels.map((channel) => ({
    id: channel.id,
    partner: channel.partner_public_key,
    capacitySat: channel.capacity,
    localBalanceSat: channel.local_balance,
    remoteBalanceSat: channel.remote_balance,
    active: channel.is_active,
    pendingHtlcs: channel.pending_payments.length,
  }));
};

interface Amount {
  msat: string;
}

/** Raw, since ln-service gives only whole satoshi of what is unsettled. */
export const balanceOf = async (lnd: AuthenticatedLnd, waiting: Waiting): Promise<Balance> => {
  const balance = await unary<Record<'local_balance' | 'remote_balance' | 'unsettled_local_balance' | 'unsettled_remote_balance', Amount>>(
    lnd,
    'default',
    'channelBalance',
    {},
    waiting,
  );
  return {
    localMsat: Number(balance.local_balance.msat),
    remoteMsat: Number(balance.remote_balance.msat),
    unsettledMsat: Number(balance.unsettled_local_balance.msat) + Number(balance.unsettled_remote_balance.msat),
  };
};

export const graphOf = async (lnd: AuthenticatedLnd): Promise<Graph> => {
  const { nodes, channels } = await asked('read the graph', getNetworkGraph({ lnd }));
  return {
    nodes: nodes.map(({ public_key, alias, features }) => ({ publicKey: public_key, alias, features: features.map(({ bit }) => bit) })),
    edges: channels.map(({ id, capacity, policies }) => ({
      id,
      capacitySat: capacity,
      ends: [endOf(policies[0] as Policy), endOf(policies[1] as Policy)],
    })),
  };
};

interface Policy {
  public_key: string;
  base_fee_mtokens?: string | undefined;
  fee_rate?: number | undefined;
  cltv_delta?: number | undefined;
  min_htlc_mtokens?: string | undefined;
  is_disabled?: boolean | undefined;
}

const endOf = (policy: Policy): GraphEnd => ({
  publicKey: policy.public_key,
  disabled: policy.is_disabled ?? false,
  policy:
    policy.base_fee_mtokens === undefined
      ? null
      : {
          feeBaseMsat: Number(policy.base_fee_mtokens),
          feeProportionalMillionths: policy.fee_rate ?? 0,
          cltvExpiryDelta: policy.cltv_delta ?? 0,
          htlcMinimumMsat: Number(policy.min_htlc_mtokens ?? 0),
        },
});
