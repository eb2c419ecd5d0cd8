/** `sim calibrate`: measures this host's LND on small networks of its own, and writes the profile that the simulated network goes by. */
import { appendFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { CommandModule } from 'yargs';
import { InfrastructureError, LeydenError } from '../../nodes/errors.ts';
import type { Profile } from '../../nodes/simulated/profile/profile.ts';
import { readProfile } from '../../nodes/simulated/profile/read.ts';
import { fittedProfile, measure, unfittedProfile } from '../calibrate/calibrate.ts';
import { networkOf } from '../calibrate/plans.ts';
import { chooseNetwork } from '../choose-network.ts';
import { interrupted } from '../interruption.ts';
import { measurePace } from '../measure/pace.ts';
import { defaultFolder, makeFolders, makeOutFolder, removeIfEmpty } from '../out-folder.ts';
import { SILENT, textProgress } from '../progress.ts';
import { world } from '../world.ts';

interface CalibrateArguments {
  out: string | undefined;
  name: string;
  from: string | undefined;
  json: boolean;
  quiet: boolean;
}

const calibrate: CommandModule<object, CalibrateArguments> = {
  builder: (yargs) =>
    yargs
      .option('out', { type: 'string', requiresArg: true, describe: 'the profile (default: reports/out/calibrate-<time>/profile.json)' })
      .option('name', { type: 'string', requiresArg: true, default: 'this-host', describe: 'what the profile is called in reports' })
      .option('from', { type: 'string', requiresArg: true, describe: 'fit again to what an earlier profile measured: no docker' })
      .option('json', { type: 'boolean', default: false, describe: 'the profile on stdout, all else on stderr' })
      .option('quiet', { type: 'boolean', default: false, describe: 'only where the profile is, and errors' })
      .example('$0 calibrate --out here.json', 'some minutes, best with nothing else running')
      .example('$0 run scenarios/vpn-5hop.yaml --network simulated --profile here.json', 'simulated as this machine would do it'),
  handler: async ({ out, name, from, json, quiet }) => {
    const screen = json ? process.stderr : process.stdout;
    const progress = quiet ? SILENT : textProgress(screen, () => performance.now());
    const now = new Date(world.now());
    const earlier = from === undefined ? null : await readProfile(from);
    const file = out ?? join(defaultFolder('calibrate', now), 'profile.json');
    await reserve(file).catch(throwUnwritable(file));
    if (earlier === null)
      await chooseNetwork('docker', world.dockerReady, { signal: interrupted }).catch((error) =>
        removeUnused(file).then(() => Promise.reject(error)),
      );
    const logs = await makeOutFolder(defaultFolder('calibrate-logs', now));
    const options = {
      name,
      now,
      open: (plan: Parameters<typeof networkOf>[0]) =>
        world.open('docker', networkOf(plan), { progress: progress.ended, logs: logs.logs, keep: false, signal: interrupted }),
      progress: progress.now,
      signal: interrupted,
      pace: () => measurePace(() => performance.now()),
    };
    try {
      const measured = earlier === null ? await measure(options) : { figures: earlier.measured, versions: earlier.versions };
      const own = earlier === null ? {} : { measuredAt: earlier.measuredAt, machine: earlier.machine };
      const unfitted = { ...unfittedProfile(measured, options), ...own };
      // Minutes of measuring outlive a fit that fails.
      if (earlier === null) await writeText(file, textOf(unfitted));
      const profile = await fittedProfile(unfitted, options).catch((cause) => {
        throw cause instanceof LeydenError && earlier === null ? unfitting(file, cause) : cause;
      });
      await writeText(file, textOf(profile));
      progress.stop();
      if (json) process.stdout.write(textOf(profile));
      screen.write(`${file}: the model is ${Math.round(profile.measured.fit_error! * 100)} % off its probes on average\n`);
    } finally {
      progress.stop();
      await removeIfEmpty(logs);
      await removeUnused(file);
    }
  },
};

export default calibrate;

const textOf = (profile: Profile): string => `${JSON.stringify(profile, null, 2)}\n`;

const unfitting = (file: string, cause: Error): InfrastructureError =>
  new InfrastructureError(
    `${file} holds what was measured, with the costs of the profile that ships: none were found that fit (${cause.message})`,
    {
      cause,
      hint: `npx sim calibrate --from ${file} fits again`,
    },
  );

async function writeText(file: string, text: string): Promise<void> {
  await makeFolders(resolve(dirname(file)));
  await writeFile(file, text);
}

/** An earlier profile of that name stays until there is a new one. */
async function reserve(file: string): Promise<void> {
  await makeFolders(resolve(dirname(file)));
  await appendFile(file, '');
}

/** What was reserved and never written. */
async function removeUnused(file: string): Promise<void> {
  const { size } = await stat(file).catch(() => ({ size: 1 }));
  if (size === 0) await rm(file, { force: true });
}

/** Before minutes are spent on what could not be kept. */
function throwUnwritable(file: string): (cause: unknown) => never {
  return (cause) => {
    throw new InfrastructureError(`the profile cannot be written to ${file}: ${(cause as Error).message}`, {
      cause,
      hint: 'another --out',
    });
  };
}
