/** What a relay says of itself, as it goes over the wire: JSON of a stranger, so every word is checked. */
import { z } from 'zod';
import { CARRIERS, PAYMENT_MODES } from '../../plan.ts';
import type { RelayHello } from '../../relay-hello.ts';
import { FrameError } from '../wire/bytes.ts';

export const FACTS_BYTES_MAX = 1_024;

const COUNT = z.int().min(0);
const PRICE = z.strictObject({ msat: COUNT, per: z.enum(['MiB', 'min']) });

/** All but the key, which the handshake proves. */
export const FACTS = z.strictObject({
  protocol: COUNT,
  carriers: z.array(z.enum(CARRIERS)).max(CARRIERS.length),
  service: z.strictObject({ mode: z.enum(PAYMENT_MODES), price: PRICE }).nullable(),
  passage: PRICE.nullable(),
  limits: z.strictObject({ sessions: COUNT, windowBytes: COUNT.nullable() }),
});

export type Facts = Omit<RelayHello, 'publicKey'>;

export const encodeFacts = (facts: Facts): Buffer => Buffer.from(JSON.stringify(facts));

/** @throws FrameError */
export const decodeFacts = (bytes: Uint8Array): Facts => {
  if (bytes.length > FACTS_BYTES_MAX) throw new FrameError(`a hello of ${bytes.length} B, ${FACTS_BYTES_MAX} B at most expected`);
  try {
    return FACTS.parse(JSON.parse(Buffer.from(bytes).toString()));
  } catch (cause) {
    throw new FrameError('a hello that is not understood', { cause });
  }
};
