/** Gets the images of a profile by whatever works here: present, pulled, or built. */
import { InfrastructureError } from '../../errors.ts';
import type { Profile, ProfileName } from './profiles.ts';
import type { Progress } from './progress.ts';

export type ProfileChoice = ProfileName | 'auto';

/** What acquiring needs of an engine. */
export interface ImageSource {
  has(ref: string): Promise<boolean>;
  pull(ref: string): Promise<void>;
  build(ref: string): Promise<void>;
}

/**
 * `auto`: what is here, else by the order of `profiles`. A profile that was asked for by name and cannot be pulled falls back to building.
 * Throws the last InfrastructureError when nothing works.
 */
export async function acquireProfile(
  choice: ProfileChoice,
  profiles: readonly Profile[],
  source: ImageSource,
  progress: Progress,
): Promise<Profile> {
  const asked = profiles.filter(({ name }) => choice === 'auto' || name === choice);
  for (const profile of asked) if ((await missing(profile, source)).length === 0) return profile;
  const builds = profiles.filter(({ how }) => how === 'build');
  let failure: unknown;
  for (const profile of new Set([...asked, ...builds])) {
    try {
      if (failure !== undefined)
        progress.line(`  ${(failure as Error).message}\n  falling back to the ${profile.name} profile (${profile.how})`);
      for (const ref of await missing(profile, source)) await (profile.how === 'pull' ? source.pull(ref) : source.build(ref));
      return profile;
    } catch (error) {
      if (!(error instanceof InfrastructureError)) throw error;
      failure = error;
    }
  }
  throw failure;
}

async function missing(profile: Profile, source: ImageSource): Promise<readonly string[]> {
  const refs = [profile.lnd, profile.bitcoind];
  const here = await Promise.all(refs.map((ref) => source.has(ref)));
  return refs.filter((_, index) => !here[index]);
}
