/** Who may call: whoever holds the token. */
import { createHash, timingSafeEqual } from 'node:crypto';

/** In a time that does not depend on where they differ. */
export const sameToken = (given: string, token: string): boolean => timingSafeEqual(hash(given), hash(token));

/** The token of an Authorization header; '' when there is none. */
export const bearer = (header: string | undefined): string => /^Bearer (\S+)$/i.exec(header ?? '')?.[1] ?? '';

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
