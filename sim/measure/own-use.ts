/** What the bench's own process holds. The machine's, so nothing of it may enter a simulated report. */
import { readdirSync } from 'node:fs';

export interface OwnUse {
  readonly memoryBytes: number;
  /** 0 where the system does not tell. */
  readonly descriptors: number;
}

export function ownUse(): OwnUse {
  return { memoryBytes: process.memoryUsage.rss(), descriptors: descriptors() };
}

function descriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}
