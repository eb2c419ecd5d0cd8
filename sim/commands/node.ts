/** `sim node`: the relay alone, beside one LND. In the bench's containers it is process 1. */
import type { Argv, CommandModule } from 'yargs';
import { unary } from '../../nodes/lnd/grpc.ts';
import type { LndNode } from '../../nodes/lnd/index.ts';
import { assertPermitted } from '../../nodes/lnd/permitted.ts';
import { BAKE_COMMAND_FOLDED } from '../../nodes/lnd/relay-permissions.ts';
import { serveGateway } from '../../nodes/relay/pages/gateway/gateway.ts';
import { startRelay } from '../../nodes/relay/relay.ts';
import { RELAY_FEATURE } from '../../nodes/relay/relay-path.ts';
import { serveRelay } from '../../nodes/relay/serve/serve.ts';
import { systemRandom, wallClock } from '../../nodes/wall.ts';
import { countBuffersWithHeap } from '../external-memory.ts';
import { interrupted } from '../interruption.ts';
import { type NodeConfiguration, readConfiguration } from './node/configuration.ts';
import { dialTcp, resolveHost } from './node/dial.ts';
import { dialUdp } from './node/dial-udp.ts';
import { configurationOf, type NodeFlags, withNodeFlags } from './node/flags.ts';
import { folderShelf } from './node/folder-shelf.ts';
import { get } from './node/get.ts';
import { openJournal } from './node/journal.ts';
import { message } from './node/message.ts';
import { nodeKeyOf } from './node/node-key.ts';
import { openPacketPort } from './node/packet-port.ts';
import { publish } from './node/publish.ts';
import { reachLnd } from './node/reach-lnd.ts';
import { assertMayPay } from './node/real-money.ts';
import { vpn } from './node/vpn.ts';

interface NodeArguments extends NodeFlags {
  readonly config: string | undefined;
  readonly mainnet: boolean;
}

const node: CommandModule<object, NodeArguments> = {
  builder: (yargs): Argv<NodeArguments> =>
    withNodeFlags(yargs)
      .command(publish as CommandModule)
      .command(get as CommandModule)
      .command(message as CommandModule)
      .command(vpn as CommandModule)
      .option('config', { type: 'string', describe: 'all of it in one JSON file instead' })
      .option('mainnet', { type: 'boolean', default: false, describe: 'pay real money, at most --budget-sat-per-day' })
      .example('$0 node --lnd-socket localhost:10009 --lnd-cert tls.cert --lnd-macaroon relay.macaroon', 'a relay beside your LND')
      .epilogue(`The least macaroon that serves:\n${BAKE_COMMAND_FOLDED}`) as unknown as Argv<NodeArguments>,
  handler: async ({ config, mainnet, ...flags }) => {
    countBuffersWithHeap();
    await runNode(config === undefined ? await configurationOf(flags) : await readConfiguration(config), { mainnet, signal: interrupted });
  },
};

export default node;

interface RunNodeOptions {
  readonly mainnet: boolean;
  readonly signal: AbortSignal;
}

/** Serves until the signal aborts, then ends in order. @throws ScenarioError on mainnet without leave, InfrastructureError for LND. */
const runNode = async (configuration: NodeConfiguration, { mainnet, signal }: RunNodeOptions): Promise<void> => {
  await using lnd = await reachLnd(configuration, { tell: (line) => console.log(line), signal });
  await assertPermitted(lnd.lnd, { signal });
  assertMayPay(await networksOf(lnd), configuration.plan, mainnet);
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
  await using served = await serveRelay(relay, {
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
  console.log(`API http://${api.host}:${served.apiPort}, SOCKS5 ${socks.host}:${served.socksPort}`);
  console.log('relay ready');
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await lnd.announceFeature(RELAY_FEATURE, false).catch(() => {}); // it is not announced, or this LND is gone
  console.log('relay stopping');
};

const networksOf = async ({ lnd }: LndNode): Promise<string[]> => {
  const { chains } = await unary<{ chains: { network: string }[] }>(lnd, 'default', 'getInfo', {});
  return chains.map(({ network }) => network);
};
