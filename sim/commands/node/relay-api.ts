/** Which relay a thin command speaks to, and how it proves that it may: flags, or LEYDEN_API and LEYDEN_TOKEN_FILE. */
import { readFile } from 'node:fs/promises';
import type { Argv } from 'yargs';
import { InfrastructureError, ScenarioError } from '../../../nodes/errors.ts';
import type { RelayClient } from '../../../nodes/node.ts';
import { connectRelay } from '../../../nodes/relay/client.ts';
import { wallClock } from '../../../nodes/wall.ts';

export interface RelayApiArguments {
  readonly api: string | undefined;
  readonly tokenFile: string | undefined;
}

const HINT = 'start one with `sim node`, or `sim up FILE` and look at `sim ls`; then --api http://127.0.0.1:PORT --token-file FILE';

export const withRelayApi = <T>(yargs: Argv<T>): Argv<T & RelayApiArguments> =>
  yargs
    .option('api', { type: 'string', describe: "the relay's API, http://127.0.0.1:PORT (also: LEYDEN_API)" })
    .option('token-file', { type: 'string', describe: 'the file with its token (also: LEYDEN_TOKEN_FILE)' }) as unknown as Argv<
    T & RelayApiArguments
  >;

/** A relay that answered. @throws ScenarioError for what is missing, InfrastructureError where no relay answers. */
export const relayOfApi = async ({ api, tokenFile }: RelayApiArguments, signal: AbortSignal): Promise<RelayClient> => {
  const apiUrl = api ?? process.env.LEYDEN_API;
  const file = tokenFile ?? process.env.LEYDEN_TOKEN_FILE;
  if (apiUrl === undefined || file === undefined)
    throw new ScenarioError('which relay? --api and --token-file are missing', { hint: HINT });
  if (!URL.canParse(apiUrl)) throw new ScenarioError(`--api: ${apiUrl} is no URL`, { hint: HINT });
  const token = await tokenIn(file);
  const { node, publicKey } = await whose(apiUrl, token, signal);
  return connectRelay({ node, publicKey, apiUrl, socksHost: '127.0.0.1', socksPort: 0, socksUdpPort: 0, token }, wallClock);
};

const whose = async (apiUrl: string, token: string, signal: AbortSignal): Promise<{ node: string; publicKey: string }> => {
  let response: Response;
  try {
    response = await fetch(new URL('/v1/node', apiUrl), { headers: { authorization: `Bearer ${token}` }, signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw new InfrastructureError(`no relay answers at ${apiUrl}`, { cause, hint: HINT });
  }
  if (response.status === 401) throw new ScenarioError('the relay does not know this token', { hint: HINT });
  if (!response.ok) throw new InfrastructureError(`what answers at ${apiUrl} is no relay (${response.status})`, { hint: HINT });
  return (await response.json()) as { node: string; publicKey: string };
};

/** The token alone, or a relay's own configuration, which has it. */
const tokenIn = async (file: string): Promise<string> => {
  let text: string;
  try {
    text = (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new ScenarioError(`--token-file: ${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  if (!text.startsWith('{')) return text;
  let token: unknown;
  try {
    ({ token } = JSON.parse(text) as { token?: unknown });
  } catch (cause) {
    throw new ScenarioError(`--token-file: ${file} holds neither a token nor a configuration in JSON`, { cause });
  }
  if (typeof token !== 'string') throw new ScenarioError(`--token-file: ${file} has no token`);
  return token;
};
