/** The links section as it is written: one link for all edges, and others by the name of a channel. */
import type { z } from 'zod';
import { closed, quantity } from './fields.ts';

/** Longer than any path on this planet; what is meant to last longer is a fault, not a link. */
const DELAY_MS_MAX = 60_000;
const STALL_EVERY_MS_MIN = 10;
const HOUR_MS = 3_600_000;
/** Below this LND's own pings no longer get through in time. */
const RATE_BYTES_PER_S_MIN = 1_000;
const RATE_BYTES_PER_S_MAX = 12_500_000_000;

/** What may be said of every link, of one by its channel's name, and of one that an event degrades. */
export const linkSettings = closed({
  delay: quantity('duration', { max: DELAY_MS_MAX }),
  jitter: quantity('duration', { max: DELAY_MS_MAX }),
  rate: quantity('rate', { min: RATE_BYTES_PER_S_MIN, max: RATE_BYTES_PER_S_MAX }),
  stall: closed({
    every: quantity('duration', { min: STALL_EVERY_MS_MIN, max: HOUR_MS }),
    for: quantity('duration', { min: 1, max: DELAY_MS_MAX }),
  }),
}).partial();
export type LinkSettings = z.output<typeof linkSettings>;
export const LINK_SETTINGS = Object.keys(linkSettings.shape);

/** For editors; read by links-plan.ts. */
export const links = linkSettings.catchall(linkSettings).optional();
