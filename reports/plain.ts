/**
 * Text from outside with nothing in it that acts: control characters (a terminal obeys them) and marks that turn the
 * direction of text (they make a name read as another) become U+FFFD, and a line break becomes a space.
 */
export function plain(text: string): string {
  return text.replaceAll(/\r\n|[\n\r\t\u2028\u2029]/g, ' ').replaceAll(ACTS, '\ufffd');
}

/** C0 and C1 controls, and Unicode's bidirectional formatting characters (UAX 9, table 1 and 2). */
const ACTS = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;
