/** Which profile `sim setup` got last. The engine itself remembers, by a second tag on that LND image: images and memory come and go together. */
import type Docker from 'dockerode';
import { inspectImage } from './present.ts';
import { PROFILES, type Profile } from './profiles.ts';

const CHOSEN_REPOSITORY = 'leyden/lnd';
const CHOSEN_TAG = 'chosen';

/** Whether that was news. */
export async function markChosen(docker: Docker, profile: Profile): Promise<boolean> {
  const [marked, lnd] = await Promise.all([inspectImage(docker, `${CHOSEN_REPOSITORY}:${CHOSEN_TAG}`), inspectImage(docker, profile.lnd)]);
  if (marked !== null && marked.Id === lnd?.Id) return false;
  await docker.getImage(profile.lnd).tag({ repo: CHOSEN_REPOSITORY, tag: CHOSEN_TAG });
  return true;
}

/** The profiles in the order in which a network looks for images: the chosen one first. */
export async function profilesByChoice(docker: Docker): Promise<readonly Profile[]> {
  const marked = await inspectImage(docker, `${CHOSEN_REPOSITORY}:${CHOSEN_TAG}`);
  if (marked === null) return PROFILES;
  const ids = await Promise.all(PROFILES.map(async (profile) => (await inspectImage(docker, profile.lnd))?.Id));
  const chosen = PROFILES.filter((_, index) => ids[index] === marked.Id);
  return [...chosen, ...PROFILES.filter((profile) => !chosen.includes(profile))];
}
