/** Text into HTML, in element content and in quoted attributes. */
import { plain } from '../plain.ts';

export function htmlText(text: string): string {
  return plain(text).replaceAll(/[&<>"'`]/g, (character) => `&#${character.codePointAt(0)};`);
}

/** JSON inside a script element: no `<` is left that could end it or open a comment. */
export function jsonForScript(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
