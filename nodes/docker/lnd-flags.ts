/** How LND is configured here. A file and not arguments: the password of bitcoind's RPC stands in it. */
import type { ChannelPolicy } from '../node.ts';
import type { NodePlan } from '../plan.ts';
import type { Bitcoind } from './bitcoind.ts';
import { BITCOIND_BLOCK_PORT, BITCOIND_RPC_PORT, BITCOIND_TX_PORT } from './bitcoind.ts';

export const LND_GRPC_PORT = 10009;
export const LND_PEER_PORT = 9735;
/** Above this, both ends must allow large channels (BOLT 2, option_support_large_channel). */
const WUMBO_SAT = 16_777_215;

export interface LndFlags {
  readonly node: NodePlan;
  readonly bitcoind: Bitcoind;
  readonly onionMessages: boolean;
  /** The policy that most of this node's channels have; others are set after opening. */
  readonly policy: ChannelPolicy | null;
  /** Lowest HTLC that any neighbour may send here. */
  readonly htlcMinimumMsat: number;
  readonly capacitySatMax: number;
}

/** lnd.conf. What is not LND's default stands in ARCHITECTURE too. */
export const lndConfiguration = (flags: LndFlags): string => {
  const { node, bitcoind, onionMessages, policy } = flags;
  const options: (readonly [string, string | number | true])[] = [
    ['noseedbackup', true],
    ['alias', node.name],
    ['rpclisten', `0.0.0.0:${LND_GRPC_PORT}`],
    ['listen', `0.0.0.0:${LND_PEER_PORT}`],
    ['norest', true],
    ['nobootstrap', true],
    ['debuglevel', 'warn'],
    ['accept-keysend', true],
    ['bitcoin.regtest', true],
    ['bitcoin.node', 'bitcoind'],
    ['bitcoind.rpchost', `${bitcoind.container.address}:${BITCOIND_RPC_PORT}`],
    ['bitcoind.rpcuser', bitcoind.user],
    ['bitcoind.rpcpass', bitcoind.password],
    ['bitcoind.zmqpubrawblock', `tcp://${bitcoind.container.address}:${BITCOIND_BLOCK_PORT}`],
    ['bitcoind.zmqpubrawtx', `tcp://${bitcoind.container.address}:${BITCOIND_TX_PORT}`],
    // A name that does not resolve for a moment must not shut the node down.
    ['healthcheck.chainbackend.attempts', 0],
    ['bitcoin.defaultchanconfs', 1],
    ['maxpendingchannels', 20],
    ['max-commit-fee-rate-anchors', 10],
    // LND doubles its pause before it dials a lost peer again unless the connection stood for ten minutes, up to an hour: in a run where
    // events follow each other within minutes, that history would be measured, not the fault.
    ['maxbackoff', '4s'],
    // Gossip at the pace of a bench.
    ['trickledelay', 50],
    ['gossip.sub-batch-delay', '5ms'],
    ['db.batch-commit-interval', '5ms'],
    ['gossip.max-channel-update-burst', 100],
    ['channel-commit-interval', `${node.commitIntervalMs}ms`],
    ['bitcoin.minhtlc', flags.htlcMinimumMsat],
    ...(policy
      ? ([
          ['bitcoin.basefee', policy.feeBaseMsat],
          ['bitcoin.feerate', policy.feeProportionalMillionths],
          ['bitcoin.timelockdelta', policy.cltvExpiryDelta],
          ['bitcoin.minhtlcout', policy.htlcMinimumMsat],
        ] as const)
      : []),
    ...(flags.capacitySatMax > WUMBO_SAT ? ([['protocol.wumbo-channels', true]] as const) : []),
    ...(onionMessages
      ? ([
          ['protocol.onion-msg-relay-all', true],
          ['protocol.onion-msg-peer-kbps', node.onionLimiter.peerKbps],
          ['protocol.onion-msg-peer-burst-bytes', node.onionLimiter.peerBurstBytes],
          ['protocol.onion-msg-global-kbps', node.onionLimiter.globalKbps],
          ['protocol.onion-msg-global-burst-bytes', node.onionLimiter.globalBurstBytes],
        ] as const)
      : []),
  ];
  const lines = options.map(([name, value]) => `${name}=${value}`);
  return `[Application Options]\n${[...lines, ...node.flags.map((flag) => flag.replace(/^--/, ''))].join('\n')}\n`;
};
