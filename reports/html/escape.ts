/** Text into HTML, in element content and in quoted attributes. */
import { plain } from '../plain.ts';

export function htmlText(text: string): string {
  return plain(text).replaceAll(/[&<>"'`]/g, (character) => `&#${character.codePointAt(0)};`);
}

/** JSON inside a script element, its texts plain: no `<` is left that could end it or open a comment. */
export function jsonForScript(value: unknown): string {
  const text = JSON.stringify(value, (_, item) => (typeof item === 'string' ? plain(item) : item));
  return text.replaceAll(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
