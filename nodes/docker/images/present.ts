/** What images the engine holds. */
import type Docker from 'dockerode';
import type { ImageInspectInfo } from 'dockerode';
import { PROFILES, type Profile } from './profiles.ts';

/** null when the engine has no image of this name. */
export async function inspectImage(docker: Docker, ref: string): Promise<ImageInspectInfo | null> {
  try {
    return await docker.getImage(ref).inspect();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return null;
    throw error;
  }
}

/** The profile to use: the first, in their order of preference, whose images are all here; null when there is none. */
export async function presentProfile(docker: Docker): Promise<Profile | null> {
  for (const profile of PROFILES) if ((await missingOf(docker, profile)).length === 0) return profile;
  return null;
}

/** The references of a profile that the engine does not hold. */
export async function missingOf(docker: Docker, profile: Profile): Promise<readonly string[]> {
  const refs = [profile.lnd, profile.bitcoind];
  const found = await Promise.all(refs.map((ref) => inspectImage(docker, ref)));
  return refs.filter((_, index) => found[index] === null);
}
