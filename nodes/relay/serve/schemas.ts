/** Words that several routes use. */
import { z } from 'zod';
import type { OnionBytes } from '../../node.ts';
import { CARRIERS } from '../../plan.ts';

const KEY_EXAMPLE = `02${'79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'}`;

export const PUBLIC_KEY = z
  .string()
  .regex(/^0[23][0-9a-f]{64}$/)
  .meta({ description: 'A node’s public key, 66 hex characters', examples: [KEY_EXAMPLE] });

export const CARRIER = z.enum(CARRIERS).meta({ description: 'What carries the bytes between Lightning nodes' });

export const ONION_BYTES: z.ZodType<OnionBytes> = z
  .union([z.literal(1366), z.literal(32834), z.literal(65498)])
  .meta({ description: 'Over onion messages: the largest packet. Default 32834' });

export const SESSION_ID = z
  .string()
  .min(1)
  .max(64)
  .meta({ description: 'The session’s id: SOCKS5’s user name', examples: ['00112233445566ff'] });

export const HOPS = z.int().min(1).meta({ description: 'Channels crossed' });
export const COUNT = z.int().min(0);
export const MSAT = z.int().min(0).meta({ description: 'Millisatoshi' });

export const NOTHING = z.strictObject({}).meta({ description: 'Done' });

export const exampleKey = KEY_EXAMPLE;
