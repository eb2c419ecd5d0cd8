/** What every answer of the gateway says: a site speaks for its own origin, and what it loads comes through Lightning or not at all. */
import type { OutgoingHttpHeaders } from 'node:http';
import type { PageAnswer } from '../../../node.ts';

/** A page that could ask the open web for a picture would tell the web who reads it. */
const CSP = [
  "default-src 'self' 'unsafe-inline' data: blob:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'self'",
].join('; ');

export const SAFE: Readonly<OutgoingHttpHeaders> = {
  'content-security-policy': CSP,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'permissions-policy': 'geolocation=(), camera=(), microphone=(), payment=(), usb=()',
};

export const etagOf = ({ sha256 }: PageAnswer): string => `"${sha256}"`;

/** A name may stand for another root at any time; what is unchanged is answered with 304 and costs nothing. */
export const fileHeaders = (page: PageAnswer): OutgoingHttpHeaders => ({
  ...SAFE,
  'content-type': page.mime,
  'accept-ranges': 'bytes',
  'cache-control': 'no-cache',
  etag: etagOf(page),
});
