/** The known word closest to a misspelt one, or null where none is near enough to be meant. Ties go to the first in the list. */
export function nearest(word: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = edits(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** `; did you mean x?`, or nothing: for the end of a message. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === null ? '' : `; did you mean ${near}?`;
}

/** `; did you mean x?` where something is near, else `; known: …`. */
export function knownWords(word: string, known: readonly string[]): string {
  return didYouMean(word, known) || `; known: ${known.join(', ') || 'none'}`;
}

const LISTED_MAX = 8;

/** Names for a message: all of them, or the first and the last of many. */
export function listed(names: readonly string[]): string {
  return names.length <= LISTED_MAX ? names.join(', ') : `${names[0]} … ${names.at(-1)}`;
}

/** Where all names are listed anyway, none of them is a guess. */
export function listedOrNearest(word: string, names: readonly string[]): string {
  return `${listed(names)}${names.length > LISTED_MAX ? didYouMean(word, names) : ''}`;
}

/** Longer words are compared by their beginning: a file may hold a word of a megabyte. */
const WORD_LENGTH_MAX = 64;

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function edits(left: string, right: string): number {
  const a = left.slice(0, WORD_LENGTH_MAX);
  const b = right.slice(0, WORD_LENGTH_MAX);
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
    }
    [before, above] = [above, row];
  }
  return above[b.length]!;
}
