/** The profile that ships: `sim calibrate` on the machine that it names. */
import shipped from './default.json' with { type: 'json' };
import type { Profile } from './profile.ts';

export const DEFAULT_PROFILE = shipped as Profile;
