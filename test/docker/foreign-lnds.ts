/** Two LNDs and a bitcoind as their owners would run them: a configuration file each, `lncli` and `bitcoin-cli` inside. The bench's own bring-up has no part in it. */
import { randomBytes } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { ImageUse } from '../../nodes/docker/images/image-use.ts';
import { resolveImages } from '../../nodes/docker/images/resolve.ts';
import { tar } from '../../nodes/docker/images/tar.ts';
import { labelsOf, newRunId } from '../../nodes/docker/labels.ts';
import { until } from '../../nodes/docker/until.ts';

const READY_MS = 120_000;
const CAPACITY_SAT = 10_000_000;
const BLOCKS_AT_START = 112;
const ANNOUNCE_CONFIRMATIONS = 6;
const HTTP_NOT_FOUND = 404;

export interface ForeignLnd {
  readonly publicKey: string;
  /** As its owner reaches it from outside the container. */
  readonly socket: string;
  /** What a command in the container writes to its stdout. @throws what it wrote to stderr, when it fails. */
  run(command: readonly string[]): Promise<Buffer>;
  readonly cert: Buffer;
  /** In the container. */
  readonly dataDir: string;
}

export interface ForeignLnds extends AsyncDisposable {
  readonly lnds: readonly [ForeignLnd, ForeignLnd];
}

/** One announced channel between the two, funds at both ends. */
export const startForeignLnds = async (docker: Docker): Promise<ForeignLnds> => {
  const { lnd: lndImage, bitcoind: bitcoindImage } = await resolveImages(docker, 'auto');
  const run = newRunId();
  const name = `leyden-${run}`;
  const labels = labelsOf({ runId: run, keep: false });
  await using stack = new AsyncDisposableStack();
  const network = await docker.createNetwork({ Name: name, Driver: 'bridge', Labels: labels });
  stack.defer(async () => void (await network.remove()));
  const start = async (host: string, image: ImageUse, configuration: readonly string[], port?: string): Promise<Started> => {
    const container = await docker.createContainer({
      name: `${name}-${host}`,
      Hostname: host,
      Image: image.ref,
      Cmd: [...image.command, `-${image === lndImage ? '-configfile' : 'conf'}=/owner/daemon.conf`],
      Labels: labels,
      ...(port === undefined ? {} : { ExposedPorts: { [port]: {} } }),
      HostConfig: {
        NetworkMode: name,
        ...(port === undefined ? {} : { PortBindings: { [port]: [{ HostIp: '127.0.0.1', HostPort: '' }] } }),
      },
    });
    stack.defer(async () => {
      await container.remove({ force: true, v: true }).catch((error: { statusCode?: number }) => {
        if (error.statusCode !== HTTP_NOT_FOUND) throw error;
      });
    });
    const content = Buffer.from(`${configuration.join('\n')}\n`);
    await container.putArchive(Readable.from(tar([{ path: 'owner/daemon.conf', content }])), { path: '/' });
    await container.start();
    const { NetworkSettings } = await container.inspect();
    return {
      address: NetworkSettings.Networks[name]!.IPAddress,
      hostPort: port === undefined ? '' : NetworkSettings.Ports[port]![0]!.HostPort,
      run: (command) => execute(docker, container, image.execUser, command),
    };
  };

  const password = randomBytes(24).toString('hex');
  const bitcoind = await start('bitcoind', bitcoindImage, bitcoinConf(password));
  const chain = async (...words: readonly string[]): Promise<string> =>
    (await bitcoind.run(['bitcoin-cli', '-conf=/owner/daemon.conf', ...words])).toString().trim();
  await ready('bitcoind answers', async () => (await chain('getblockcount')) !== '');
  await chain('createwallet', 'owner');
  const miner = await chain('getnewaddress');
  await chain('generatetoaddress', String(BLOCKS_AT_START), miner);

  const started = await Promise.all(
    ['alice', 'bob'].map(async (host) => {
      const container = await start(host, lndImage, lndConf(host, bitcoind.address, password), '10009/tcp');
      const lncli = async <T>(...words: readonly string[]): Promise<T> =>
        JSON.parse((await container.run(['lncli', ...words])).toString()) as T;
      return { ...container, lncli };
    }),
  );
  const [alice, bob] = started as [(typeof started)[0], (typeof started)[0]];
  const synced = async ({ lncli }: typeof alice) => (await lncli<{ synced_to_chain: boolean }>('getinfo')).synced_to_chain;
  for (const lnd of started) await ready('LND answers, synced', () => synced(lnd));
  const keys = await Promise.all(started.map(async ({ lncli }) => (await lncli<{ identity_pubkey: string }>('getinfo')).identity_pubkey));
  const { address } = await alice.lncli<{ address: string }>('newaddress', 'p2wkh');
  await chain('sendtoaddress', address, '1');
  await chain('generatetoaddress', '1', miner);
  await ready('funds are there', async () => Number((await alice.lncli<Balance>('walletbalance')).confirmed_balance) > CAPACITY_SAT);
  await alice.lncli('connect', `${keys[1]}@${bob.address}:9735`);
  const half = String(CAPACITY_SAT / 2);
  const opening = ['openchannel', '--node_key', keys[1]!, '--local_amt', String(CAPACITY_SAT), '--push_amt', half, '--sat_per_vbyte', '2'];
  await ready('the channel is opened', async () => (await synced(alice)) && (await alice.lncli(...opening)) !== null);
  await chain('generatetoaddress', String(ANNOUNCE_CONFIRMATIONS), miner);
  for (const { lncli } of started)
    await ready('the channel is announced', async () => {
      const { channels } = await lncli<{ channels: { active: boolean }[] }>('listchannels');
      const { edges } = await lncli<Graph>('describegraph');
      return channels[0]?.active === true && edges[0]?.node1_policy != null && edges[0].node2_policy != null;
    });

  const cert = (from: Started) => from.run(['cat', `${lndImage.dataDir}/tls.cert`]);
  const foreign = async (from: Started, index: number): Promise<ForeignLnd> => ({
    publicKey: keys[index]!,
    socket: `localhost:${from.hostPort}`,
    run: from.run,
    cert: await cert(from),
    dataDir: lndImage.dataDir,
  });
  const lnds = [await foreign(alice, 0), await foreign(bob, 1)] as const;
  const owned = stack.move();
  return { lnds, [Symbol.asyncDispose]: () => owned.disposeAsync() };
};

interface Started {
  readonly address: string;
  readonly hostPort: string;
  run(command: readonly string[]): Promise<Buffer>;
}

interface Balance {
  readonly confirmed_balance: string;
}

interface Graph {
  readonly edges: readonly { readonly node1_policy: object | null; readonly node2_policy: object | null }[];
}

const bitcoinConf = (password: string): string[] => [
  'regtest=1',
  'server=1',
  'fallbackfee=0.0002',
  'rpcuser=owner',
  `rpcpassword=${password}`,
  '[regtest]',
  'rpcbind=0.0.0.0',
  'rpcallowip=0.0.0.0/0',
  'rpcport=18443',
  'zmqpubrawblock=tcp://0.0.0.0:28332',
  'zmqpubrawtx=tcp://0.0.0.0:28333',
];

/** Of what a relay needs there is one line: accept-keysend. */
const lndConf = (alias: string, chain: string, password: string): string[] => [
  '[Application Options]',
  `alias=${alias}`,
  'rpclisten=0.0.0.0:10009',
  'listen=0.0.0.0:9735',
  'noseedbackup=true',
  'accept-keysend=true',
  '[Bitcoin]',
  'bitcoin.regtest=true',
  'bitcoin.node=bitcoind',
  '[Bitcoind]',
  `bitcoind.rpchost=${chain}:18443`,
  'bitcoind.rpcuser=owner',
  `bitcoind.rpcpass=${password}`,
  `bitcoind.zmqpubrawblock=tcp://${chain}:28332`,
  `bitcoind.zmqpubrawtx=tcp://${chain}:28333`,
];

const ready = (what: string, is: () => Promise<boolean>): Promise<void> =>
  until(async () => ((await is()) ? [] : [{ name: 'network', state: 'not yet' }]), { what, deadlineMs: READY_MS });

const execute = async (docker: Docker, container: Docker.Container, user: string, command: readonly string[]): Promise<Buffer> => {
  const exec = await container.exec({
    Cmd: [...command],
    Env: ['LNCLI_NETWORK=regtest'],
    User: user,
    WorkingDir: '/tmp',
    AttachStdout: true,
    AttachStderr: true,
  });
  const [out, err] = [new PassThrough(), new PassThrough()];
  const whole = Promise.all([out.toArray(), err.toArray()]);
  const both = await exec.start({});
  docker.modem.demuxStream(both, out, err);
  both.once('end', () => {
    out.end();
    err.end();
  });
  const [said, complaint] = await whole;
  const { ExitCode } = await exec.inspect();
  if (ExitCode !== 0) throw new Error(`${command[0]} ended with ${ExitCode}: ${Buffer.concat(complaint as Buffer[])}`);
  return Buffer.concat(said as Buffer[]);
};
