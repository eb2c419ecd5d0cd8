/** How the sending of one message of some size went. */
import { LndError, PayloadTooLargeError, PeerError } from '../../../nodes/errors.ts';

/** `refused`: by its size, or by LND for what else it would not say. `silent` and `peer lost` may be chance. */
export type Outcome = 'arrived' | 'silent' | 'refused' | 'peer lost';

/** Silence and a lost peer are tried once more before a size counts as too large. */
export const TRIES = 2;

/** `attempt` answers whether it arrived. Throws what neither a size nor a connection explains. */
export async function outcomeOf(attempt: Promise<boolean>): Promise<Outcome> {
  try {
    return (await attempt) ? 'arrived' : 'silent';
  } catch (error) {
    if (error instanceof PayloadTooLargeError || error instanceof LndError) return 'refused';
    if (error instanceof PeerError) return 'peer lost';
    throw error;
  }
}
