/** `sim node message`: sends one to another relay, or shows those that came here. */
import { text } from 'node:stream/consumers';
import type { Argv, CommandModule } from 'yargs';
import { CARRIERS, type CarrierKind } from '../../../nodes/plan.ts';
import type { ReceivedMessage } from '../../../nodes/relay-messages.ts';
import { interrupted as signal } from '../../interruption.ts';
import { type RelayApiArguments, relayOfApi, withRelayApi } from './relay-api.ts';

interface MessageArguments extends RelayApiArguments {
  readonly to: string | undefined;
  readonly text: string | undefined;
  readonly carrier: CarrierKind | undefined;
  readonly replyTo: string | undefined;
  readonly named: boolean;
}

export const message: CommandModule<object, MessageArguments> = {
  command: 'message [to] [text]',
  describe: 'send a message, or show what came',
  builder: (yargs): Argv<MessageArguments> =>
    withRelayApi(yargs)
      .positional('to', { type: 'string', describe: 'a public key; left out, messages that came are shown' })
      .positional('text', { type: 'string', describe: 'left out, it is read from standard input' })
      .option('carrier', { choices: CARRIERS, describe: "default: the relay's own choice" })
      .option('reply-to', { type: 'string', describe: 'id of the message that this one answers; needs no public key' })
      .option('named', { type: 'boolean', default: false, describe: 'tell the receiver which node sent it' })
      .example('$0 node message 02… hello --carrier onion-message', 'prints the id once the other relay holds it')
      .example('$0 node message', 'what came here, oldest first') as unknown as Argv<MessageArguments>,
  async handler(given) {
    const relay = await relayOfApi(given, signal);
    const { to, replyTo, carrier, named } = given;
    if (to === undefined && replyTo === undefined) {
      for (const received of await relay.messages.list({ signal })) process.stdout.write(`${line(received)}\n`);
      return;
    }
    const { id } = await relay.messages.send({
      text: given.text ?? (await text(process.stdin)),
      signal,
      ...(to === undefined ? {} : { to }),
      ...(carrier === undefined ? {} : { carrier }),
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(named ? { identity: 'named' as const } : {}),
    });
    process.stdout.write(`${id}\n`);
  },
};

const line = ({ id, from, replyTo, text: said, bytes }: ReceivedMessage): string => {
  const about = [id, from === undefined ? 'from somebody' : `from ${from}`, ...(replyTo === undefined ? [] : [`answers ${replyTo}`])];
  return `${about.join(' ')}: ${said ?? `${bytes?.length ?? 0} B`}`;
};
