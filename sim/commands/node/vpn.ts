/** `sim node vpn`: a session to an exit for as long as the command runs, and where programs find it. */
import type { Argv, CommandModule } from 'yargs';
import { CARRIERS, type CarrierKind } from '../../../nodes/plan.ts';
import { interrupted as signal } from '../../interruption.ts';
import { type RelayApiArguments, relayOfApi, withRelayApi } from './relay-api.ts';

interface VpnArguments extends RelayApiArguments {
  readonly exit: string;
  readonly carrier: CarrierKind | 'auto';
  readonly socksPort: number;
  readonly named: boolean;
}

export const vpn: CommandModule<object, VpnArguments> = {
  command: 'vpn <exit>',
  describe: 'hold a session to an exit, for programs that speak SOCKS5',
  builder: (yargs): Argv<VpnArguments> =>
    withRelayApi(yargs)
      .positional('exit', { type: 'string', demandOption: true, describe: 'the public key of the node whose relay is the exit' })
      .option('carrier', { choices: ['auto', ...CARRIERS], default: 'auto', describe: 'what carries the bytes' })
      .option('socks-port', { type: 'number', default: 1080, describe: 'where the relay serves SOCKS5' })
      .option('named', { type: 'boolean', default: false, describe: 'tell the exit which node calls' })
      .example(
        '$0 node vpn 02… --carrier peer-message',
        'prints a proxy for curl; Ctrl-C closes the session',
      ) as unknown as Argv<VpnArguments>,
  async handler(given) {
    const { exit, carrier, named, socksPort } = given;
    const relay = await relayOfApi(given, signal);
    await using session = await relay.openSession({ exit, carrier, identity: named ? 'named' : 'anonymous', signal });
    const { id, hops, choice } = session;
    if (choice !== undefined) process.stderr.write(`${choice.carrier}: ${choice.reason}\n`);
    process.stdout.write(`socks5h://${id}:${id}@127.0.0.1:${socksPort}\n`);
    process.stderr.write(`a session over ${choice?.carrier ?? carrier}, ${hops} hops: curl --proxy the line above; Ctrl-C closes it\n`);
    if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  },
};
