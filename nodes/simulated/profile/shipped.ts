/** The profiles that ship, each of another processor: what LND, V8 and the kernel take on one says little of another. */
import { DEFAULT_PROFILE } from './default.ts';
import xeon from './intel-xeon-2-cores.json' with { type: 'json' };
import type { Profile } from './profile.ts';

export const SHIPPED_PROFILES: readonly Profile[] = [DEFAULT_PROFILE, xeon as Profile];

/** The one that was measured on such a processor, else the default. `sim run` takes the default everywhere: a seed gives the same bytes on any machine. */
export const shippedProfile = (processor: string | null): Profile =>
  SHIPPED_PROFILES.find(({ machine }) => machine.cpu === processor) ?? DEFAULT_PROFILE;
