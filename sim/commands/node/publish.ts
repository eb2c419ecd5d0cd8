/** `sim node publish DIR`: a folder becomes a site of the relay's node. Until all of it is there, nothing changes. */
import type { CommandModule } from 'yargs';
import { filesOfFolder } from '../../../nodes/relay/pages/folder.ts';
import { formatPageUrl, hostLabels } from '../../../nodes/relay/pages/url.ts';
import { interrupted as signal } from '../../interruption.ts';
import { textProgress } from '../../progress.ts';
import { type RelayApiArguments, relayOfApi, withRelayApi } from './relay-api.ts';

interface PublishArguments extends RelayApiArguments {
  readonly folder: string;
  readonly name: string;
}

export const publish: CommandModule<object, PublishArguments> = {
  command: 'publish <folder>',
  describe: 'make a site of a folder',
  builder: (yargs) =>
    withRelayApi(yargs)
      .positional('folder', { type: 'string', demandOption: true, describe: 'its files; hidden ones are left out, links refused' })
      .option('name', { type: 'string', default: '', describe: 'which site of this node: lower-case letters, digits, hyphens' })
      .example('$0 node publish ./blog', 'prints where others read it'),
  async handler(given) {
    const { folder, name } = given;
    const relay = await relayOfApi(given, signal);
    const progress = textProgress(process.stderr, () => performance.now());
    try {
      const key = relay.publicKey;
      const read = (bytes: number) => progress.now(`publish: ${bytes} B`);
      const site = await relay.pages.publish({ name, files: filesOfFolder(folder), progress: read, signal });
      progress.stop();
      const lines = [
        formatPageUrl({ key, name, path: '' }),
        `in a browser, behind any relay's gateway: http://${hostLabels({ key, name })}.localhost:PORT/`,
        `${site.files} files, ${site.bytes} B, version ${site.sequence}, root ${site.root}`,
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
    } finally {
      progress.stop();
    }
  },
};
