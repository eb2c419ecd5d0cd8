/** The chain: one bitcoind on regtest, its RPC, and the one miner that everybody asks. */
import { createHmac, randomBytes } from 'node:crypto';
import type Docker from 'dockerode';
import { InfrastructureError } from '../errors.ts';
import type { Waiting } from '../node.ts';
import type { ContainerLimits } from '../plan.ts';
import { LAST_LINES, type RunningContainer, startContainer } from './container.ts';
import type { ImageUse } from './images/image-use.ts';
import type { KeptNetwork } from './kept/kept-network.ts';
import { until } from './until.ts';

export const BITCOIND_RPC_PORT = 18443;
export const BITCOIND_BLOCK_PORT = 28334;
export const BITCOIND_TX_PORT = 28335;
const READY_DEADLINE_MS = 60_000;
const RPC_DEADLINE_MS = 60_000;

export interface Bitcoind {
  readonly container: RunningContainer;
  readonly user: string;
  readonly password: string;
  readonly version: string;
  rpc<T>(method: string, params: readonly unknown[], waiting?: Waiting): Promise<T>;
  /** Mines to bitcoind's own wallet; one at a time, whoever asks. Answers the height. */
  mine(blocks: number, waiting?: Waiting): Promise<number>;
}

export interface BitcoindSpec extends Waiting {
  readonly image: ImageUse;
  readonly runId: string;
  readonly network: string;
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly limits?: ContainerLimits | undefined;
  readonly kept?: KeptNetwork | null;
  /** Takes it down; its log is there from its start on. */
  readonly stack: AsyncDisposableStack;
  readonly logs: RunningContainer[];
}

export const startBitcoind = async (
  docker: Docker,
  { image, runId, network, address, labels, limits, kept, stack, logs, signal }: BitcoindSpec,
): Promise<Bitcoind> => {
  const user = 'leyden';
  const password = randomBytes(24).toString('hex');
  const container = await startContainer(docker, {
    name: `leyden-${runId}-bitcoind`,
    hostname: 'bitcoind',
    image: image.ref,
    command: [...image.command, '-conf=/leyden/bitcoin.conf'],
    labels,
    network,
    address,
    ports: [BITCOIND_RPC_PORT],
    stepsDown: image.execUser !== '',
    dataDir: image.dataDir,
    ...limits,
    prepare: kept ? (container) => kept.restore('bitcoind', container, image.dataDir) : undefined,
    files: [{ path: 'leyden/bitcoin.conf', content: Buffer.from(configuration(user, password)) }],
  });
  stack.use(container);
  logs.push(container);
  const rpc = rpcClient(`http://127.0.0.1:${container.hostPort(BITCOIND_RPC_PORT)}`, user, password);
  await until(
    async () => {
      await container.assertRunning();
      await rpc('getblockchaininfo', [], { signal });
      return [];
    },
    { what: 'bitcoind to answer', deadlineMs: READY_DEADLINE_MS, lastLog: () => container.lastLog(LAST_LINES), signal },
  );
  await rpc(kept ? 'loadwallet' : 'createwallet', ['leyden'], { signal });
  const reward = await rpc<string>('getnewaddress', [], { signal });
  const { subversion } = await rpc<{ subversion: string }>('getnetworkinfo', [], { signal });
  // A bitcoind that is killed loses the blocks that it had in memory alone, and takes them from its peers again: ours has none, and an LND
  // that had seen such a block waits for its height for good when it starts. This call writes all of them to disk before it counts.
  const written = (waiting: Waiting) => rpc('gettxoutsetinfo', ['none'], waiting);
  let queue: Promise<unknown> = Promise.resolve();
  return {
    container,
    user,
    password,
    version: versionOf(subversion),
    rpc,
    mine(blocks, waiting = {}) {
      const turn = queue.then(async () => {
        await rpc('generatetoaddress', [blocks, reward], waiting);
        await written(waiting);
        return rpc<number>('getblockcount', [], waiting);
      });
      queue = turn.catch(() => {});
      return turn;
    },
  };
};

/** "/Satoshi:29.4.3/Knots:20260508/" → "29.4.3 Knots"; Core's has no second part. */
const versionOf = (subversion: string): string => {
  const [core = subversion, flavour] = subversion.split('/').filter((part) => part !== '');
  const version = core.replace('Satoshi:', '');
  return flavour ? `${version} ${flavour.split(':')[0]}` : version;
};

/** Channels are opened from outputs that are not confirmed yet, many from one transaction. The password itself stays out of the container: `rpcauth` is salt and HMAC, as share/rpcauth of bitcoind makes it. */
const configuration = (user: string, password: string): string => {
  const salt = randomBytes(16).toString('hex');
  const hmac = createHmac('sha256', salt).update(password).digest('hex');
  return `regtest=1
server=1
txindex=1
dnsseed=0
fallbackfee=0.0002
limitancestorcount=1000
limitdescendantcount=1000
printtoconsole=1
[regtest]
listen=0
rpcauth=${user}:${salt}$${hmac}
rpcbind=0.0.0.0
rpcallowip=0.0.0.0/0
rpcport=${BITCOIND_RPC_PORT}
zmqpubrawblock=tcp://0.0.0.0:${BITCOIND_BLOCK_PORT}
zmqpubrawtx=tcp://0.0.0.0:${BITCOIND_TX_PORT}
`;
};

const rpcClient =
  (url: string, user: string, password: string) =>
  async <T>(method: string, params: readonly unknown[], { signal }: Waiting = {}): Promise<T> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
      body: JSON.stringify({ jsonrpc: '1.0', id: method, method, params }),
      signal: AbortSignal.any([AbortSignal.timeout(RPC_DEADLINE_MS), ...(signal ? [signal] : [])]),
    });
    const { result, error } = (await response.json()) as { result: T; error: { message: string } | null };
    if (error) throw new InfrastructureError(`bitcoind refused ${method}: ${error.message}`);
    return result;
  };
