/** What the bench's own messages are marked with: odd, so that who does not know them lets them be, and nobody else's. */

/** Of a custom record beside a keysend and of an onion message: five bytes as BigSize, as all from 65,536 to 2^32 − 1. */
export const PROBE_RECORD_TYPE = 1_197_861;
/** Of a message to a direct peer. */
export const PROBE_PEER_TYPE = 47_861;
