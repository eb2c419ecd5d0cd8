/** `sim node` by flags: the same configuration as a file's, made of what an operator has at hand. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Argv } from 'yargs';
import { ScenarioError } from '../../../nodes/errors.ts';
import { BAKE_COMMAND } from '../../../nodes/lnd/relay-permissions.ts';
import type { NodeConfiguration } from './configuration.ts';
import { tokenOf } from './token-file.ts';

const MSAT_PER_SAT = 1_000;
const FEE_LIMIT_SAT = 10;

export interface NodeFlags {
  readonly lndSocket: string | undefined;
  readonly lndCert: string | undefined;
  readonly lndMacaroon: string | undefined;
  readonly name: string;
  readonly folder: string;
  readonly tokenFile: string | undefined;
  readonly apiPort: number;
  readonly socksPort: number;
  readonly gatewayPort: number | undefined;
  readonly allow: readonly string[];
  readonly budgetSat: number;
  readonly budgetSatPerDay: number | undefined;
  readonly budgetSatPerSession: number | undefined;
  readonly feeLimitSat: number;
}

const OWN = [
  'lnd-socket',
  'lnd-cert',
  'lnd-macaroon',
  'name',
  'folder',
  'token-file',
  'api-port',
  'socks-port',
  'gateway-port',
  'allow',
  'budget-sat',
  'budget-sat-per-day',
  'budget-sat-per-session',
  'fee-limit-sat',
];

/** Not for the words of `sim node`, which have options of the same names. yargs' types lack the second argument. */
export const withNodeFlags = <T>(yargs: Argv<T>): Argv<T> =>
  (options(yargs) as unknown as { global(names: readonly string[], global: boolean): Argv<T> }).global(OWN, false);

const options = <T>(yargs: Argv<T>) =>
  yargs
    .option('lnd-socket', { type: 'string', describe: 'host:port of LND’s gRPC; its certificate must name the host' })
    .option('lnd-cert', { type: 'string', describe: 'tls.cert of that LND' })
    .option('lnd-macaroon', { type: 'string', describe: 'with the permissions that stand below' })
    .option('name', { type: 'string', default: 'relay', describe: 'in messages and logs' })
    .option('folder', { type: 'string', default: 'leyden-relay', describe: 'for the token, the journal of payments and pages' })
    .option('token-file', { type: 'string', describe: 'what callers of the API must show; made with mode 0600 if there is none' })
    .option('api-port', { type: 'number', default: 9500, describe: 'on loopback; 0: any that is free' })
    .option('socks-port', { type: 'number', default: 1080, describe: 'on loopback; 0: any that is free' })
    .option('gateway-port', { type: 'number', describe: 'sites of other nodes for a browser, on loopback' })
    .option('allow', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [] as string[],
      describe: 'host:port that clients may reach through this relay; none unless named',
    })
    .option('budget-sat', { type: 'number', default: 0, describe: 'what the relay may pay in all, fees included' })
    .option('budget-sat-per-day', { type: 'number', describe: 'and within a day' })
    .option('budget-sat-per-session', { type: 'number', describe: 'and for one session' })
    .option('fee-limit-sat', { type: 'number', default: FEE_LIMIT_SAT, describe: 'what one payment may cost in fees' });

/** @throws ScenarioError for what is missing or cannot be read. */
export const configurationOf = async (flags: NodeFlags): Promise<NodeConfiguration> => {
  const { lndSocket, lndCert, lndMacaroon } = flags;
  if (lndSocket === undefined || lndCert === undefined || lndMacaroon === undefined)
    throw new ScenarioError('expected --lnd-socket, --lnd-cert and --lnd-macaroon, or --config', {
      hint: `a macaroon with the least that serves: ${BAKE_COMMAND}`,
    });
  const { name, folder, allow } = flags;
  const lnd = {
    socket: lndSocket,
    peerSocket: '',
    cert: await file('--lnd-cert', lndCert),
    macaroon: await file('--lnd-macaroon', lndMacaroon),
  };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const perDay = msat('--budget-sat-per-day', flags.budgetSatPerDay);
  const perSession = msat('--budget-sat-per-session', flags.budgetSatPerSession);
  return {
    name,
    lnd,
    api: { host: '127.0.0.1', port: port('--api-port', flags.apiPort) },
    socks: { host: '127.0.0.1', port: port('--socks-port', flags.socksPort), udpPort: 0, onDemand: 'token' },
    ...(flags.gatewayPort === undefined ? {} : { gateway: { host: '127.0.0.1', port: port('--gateway-port', flags.gatewayPort) } }),
    token: await tokenOf(flags.tokenFile ?? join(folder, 'token')),
    journal: join(folder, 'journal.sqlite'),
    shelf: join(folder, 'pages'),
    plan: {
      budgetMsat: msat('--budget-sat', flags.budgetSat) ?? 0,
      feeLimitMsat: msat('--fee-limit-sat', flags.feeLimitSat) ?? 0,
      allow,
      ...(perDay === undefined ? {} : { budgetPerDayMsat: perDay }),
      ...(perSession === undefined ? {} : { budgetPerSessionMsat: perSession }),
    },
  };
};

const file = async (flag: string, path: string): Promise<Buffer> => {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new ScenarioError(`${flag} ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
};

const port = (flag: string, value: number): number => {
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new ScenarioError(`${flag}: expected a port from 0 to 65535, found ${value}`);
  return value;
};

const msat = (flag: string, sat: number | undefined): number | undefined => {
  if (sat === undefined) return undefined;
  if (!Number.isInteger(sat) || sat < 0) throw new ScenarioError(`${flag}: expected whole satoshi, found ${sat}`);
  return sat * MSAT_PER_SAT;
};
