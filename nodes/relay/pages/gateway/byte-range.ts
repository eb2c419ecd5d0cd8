/** RFC 9110 §14: one range of bytes. Several at once may be ignored, and are. */
import type { PageRange } from '../../../node.ts';

const FORM = /^bytes=(\d{0,15})-(\d{0,15})$/;

/** The range; undefined: all of it; null: no such bytes are there (416). */
export const byteRange = (header: string | undefined, size: number): PageRange | null | undefined => {
  const [, first, last] = FORM.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first === '') return Number(last) === 0 || size === 0 ? null : { first: Math.max(0, size - Number(last)), last: size - 1 };
  if (last !== '' && Number(last) < Number(first)) return undefined;
  return Number(first) >= size ? null : { first: Number(first), last: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
};
