/** `sim node`: the relay alone, beside one LND. In the bench's containers it is process 1. */
import type { CommandModule } from 'yargs';
import { InfrastructureError, ScenarioError } from '../../nodes/errors.ts';
import { unary } from '../../nodes/lnd/grpc.ts';
import { type LndNode, openLnd } from '../../nodes/lnd/index.ts';
import { serveGateway } from '../../nodes/relay/pages/gateway/gateway.ts';
import { startRelay } from '../../nodes/relay/relay.ts';
import { serveRelay } from '../../nodes/relay/serve/serve.ts';
import { systemRandom, wallClock } from '../../nodes/wall.ts';
import { interrupted } from '../interruption.ts';
import { type NodeConfiguration, readConfiguration } from './node/configuration.ts';
import { dialTcp, resolveHost } from './node/dial.ts';
import { dialUdp } from './node/dial-udp.ts';
import { folderShelf } from './node/folder-shelf.ts';
import { get } from './node/get.ts';
import { openJournal } from './node/journal.ts';
import { nodeKeyOf } from './node/node-key.ts';
import { openPacketPort } from './node/packet-port.ts';
import { publish } from './node/publish.ts';

/** LND may still be starting when its relay does. */
const LND_DEADLINE_MS = 60_000;
const LND_RETRY_MS = 500;

const node: CommandModule<object, { config: string | undefined }> = {
  command: 'node',
  describe: 'the relay alone, beside a Lightning node of your own',
  builder: (yargs) =>
    yargs
      .command(publish as CommandModule)
      .command(get as CommandModule)
      .option('config', { type: 'string', describe: 'JSON: which LND, where to serve, what may be paid' }),
  handler: ({ config }) => {
    if (config === undefined) throw new ScenarioError('--config is missing', { hint: '`sim node --help`' });
    return runNode(config, interrupted);
  },
};

export default node;

/** Serves until the signal aborts, then ends in order. @throws ScenarioError for the file, InfrastructureError for LND. */
export const runNode = async (file: string, signal: AbortSignal): Promise<void> => {
  const configuration = await readConfiguration(file);
  await using lnd = await reachLnd(configuration, signal);
  await refuseMainnet(lnd);
  using journal = openJournal(configuration.journal);
  await using tunnelEnd = configuration.tun && (await openPacketPort(configuration.tun, { signal }));
  await using relay = await startRelay({
    node: lnd,
    journal,
    plan: configuration.plan,
    clock: wallClock,
    random: systemRandom,
    resolve: resolveHost,
    dial: dialTcp,
    dialUdp,
    shelf: await folderShelf(configuration.shelf),
    tunnelEnd,
    log: (line) => console.log(line),
  });
  const { api, socks, gateway, token } = configuration;
  await using _served = await serveRelay(relay, {
    host: api.host,
    apiPort: api.port,
    socksPort: socks.port,
    socksUdpPort: socks.udpPort,
    onDemand: socks.onDemand,
    nodeKey: nodeKeyOf(lnd),
    token,
    clock: wallClock,
  });
  const log = (line: string) => console.log(line);
  await using _gateway = gateway === undefined ? null : await serveGateway({ pages: relay.pages, log, ...gateway });
  console.log('relay ready');
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  console.log('relay stopping');
};

/** No budget per day and no flag for it exist yet: real money is out of bounds. The network is LND's own word. */
const refuseMainnet = async ({ lnd }: LndNode): Promise<void> => {
  const { chains } = await unary<{ chains: { network: string }[] }>(lnd, 'default', 'getInfo', {});
  if (chains.some(({ network }) => network === 'mainnet'))
    throw new ScenarioError('this LND is on mainnet: expected regtest, testnet or signet', {
      hint: 'give the socket of an LND on a test network',
    });
};

const reachLnd = async ({ name, lnd }: NodeConfiguration, signal: AbortSignal): Promise<LndNode> => {
  const deadlineMs = wallClock.now() + LND_DEADLINE_MS;
  for (;;) {
    try {
      return await openLnd({ name, ...lnd });
    } catch (cause) {
      if (wallClock.now() >= deadlineMs)
        throw new InfrastructureError(`LND at ${lnd.socket} did not answer within ${LND_DEADLINE_MS / 1000} s`, { cause });
    }
    await wallClock.sleep(LND_RETRY_MS, { signal });
  }
};
