/** The profile that a network started now would use. */
import type Docker from 'dockerode';
import { profilesByChoice } from './chosen.ts';
import { inspectImage } from './present.ts';
import type { Profile } from './profiles.ts';

/** The chosen one, else the first whose images are all here; null when there is none. */
export async function presentProfile(docker: Docker): Promise<Profile | null> {
  for (const profile of await profilesByChoice(docker)) if ((await missingOf(docker, profile)).length === 0) return profile;
  return null;
}

/** The references of a profile that the engine does not hold. */
async function missingOf(docker: Docker, profile: Profile): Promise<readonly string[]> {
  const refs = [profile.lnd, profile.bitcoind];
  const found = await Promise.all(refs.map((ref) => inspectImage(docker, ref)));
  return refs.filter((_, index) => found[index] === null);
}
