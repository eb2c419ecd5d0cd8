/** Tags name one metric among those of its name: {carrier=keysend,hops=5}. */
import type { Tags } from './report.ts';

/** The same text for the same tags, whatever order they were written in. */
export function tagText(tags: Tags): string {
  return Object.keys(tags)
    .sort()
    .map((key) => `${key}=${tags[key]}`)
    .join(',');
}

/** Whether `tags` has everything that `wanted` asks for; numbers and their texts are the same. */
export function tagsMatch(tags: Tags, wanted: Tags): boolean {
  return Object.entries(wanted).every(([key, value]) => key in tags && String(tags[key]) === String(value));
}
