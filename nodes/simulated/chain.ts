/** The chain as the model has it: one height, that of a docker network after bring-up. Time-locks above it take two bytes in an onion. */
export const CHAIN_HEIGHT = 119;

/** Blocks that the destination has left when a payment arrives: what nodes/lnd asks for. */
export const FINAL_CLTV_DELTA = 144;
/** LND's FinalCltvRejectDelta. */
export const FINAL_EXPIRY_MIN_BLOCKS = 19;
/** A pinned route is asked for again when this many blocks came, as nodes/lnd has it. */
export const ROUTE_BLOCKS_MAX = 72;
/** LND's OutgoingCltvRejectDelta: what it passes on must not expire sooner. */
export const OUTGOING_EXPIRY_MIN_BLOCKS = 13;

/** The chain of one network. */
export interface Chain {
  height: number;
}
