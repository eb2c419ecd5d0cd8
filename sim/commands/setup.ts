/** `sim setup`: makes the docker network possible on this machine. */
import type { CommandModule } from 'yargs';
import { connectEngine } from '../../nodes/docker/engine.ts';
import type { ProfileChoice } from '../../nodes/docker/images/acquire.ts';
import { textProgress } from '../../nodes/docker/images/progress.ts';
import { setUpImages } from '../../nodes/docker/images/set-up.ts';
import { startEngine } from '../../nodes/docker/start-engine.ts';
import { interrupted as signal } from '../interruption.ts';

const CHOICES: readonly ProfileChoice[] = ['auto', 'polar', 'official', 'local'];

interface SetupArguments {
  profile: ProfileChoice;
  engine: boolean;
}

const setup: CommandModule<object, SetupArguments> = {
  builder: (yargs) =>
    yargs
      .option('profile', {
        choices: CHOICES,
        default: 'auto' as ProfileChoice,
        describe:
          'official: pull LND 0.21; polar: pull Polar’s LND 0.20 (no onion messages); local: build; auto: the first of these that works',
      })
      .option('engine', {
        type: 'boolean',
        default: false,
        describe:
          'as root on Debian or Ubuntu: install docker.io and start dockerd where no engine answers (and debootstrap where a base must be made)',
      }),
  handler: async ({ profile: choice, engine: mayInstall }) => {
    const progress = textProgress(process.stderr, () => Date.now());
    const engine = mayInstall ? await startEngine(progress, { signal }) : await connectEngine({ signal });
    progress.line(`engine: Docker ${engine.version} (API ${engine.apiVersion}, ${engine.os}/${engine.architecture}) at ${engine.address}`);
    const { profile, relay, changed } = await setUpImages(engine, { choice, mayInstall, progress, signal });
    progress.line(`images: profile ${profile.name}: ${profile.lnd}, ${profile.bitcoind}, ${relay}${changed ? '' : ' (all here already)'}`);
    if (choice !== 'auto' && choice !== profile.name)
      progress.line(`the ${choice} profile could not be had here: ${profile.name} stands in for it`);
    if (!profile.onionMessages)
      progress.line('this LND has no onion messages: scenarios that ask for them need the official or the local profile');
    progress.line('ready: npx sim run scenarios/vpn-5hop.yaml --network docker');
  },
};

export default setup;
