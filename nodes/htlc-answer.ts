/** What both networks promise about HTLCs that wait for a program's answer: it comes in time, or LND goes its own way. */
import type { ForwardAnswer, TlvRecord } from './node.ts';
import { tlvStreamBytes, WIRE_RECORDS_BYTES_MAX } from './onion.ts';

/** An HTLC is never held longer than this: slots and other people's money wait with it. */
export const HTLC_ANSWER_MS = 5_000;

/** What LND does when nobody is there to ask. */
export const UNASKED = { forward: 'resume', exit: 'accept' } as const;

/** The records that go on; none when they would endanger the channel, for the guard holds on the way as it does at the payer. */
export const recordsToPass = (answer: ForwardAnswer): readonly TlvRecord[] =>
  answer === 'resume' || tlvStreamBytes(answer.resumeWith) > WIRE_RECORDS_BYTES_MAX ? [] : answer.resumeWith;
