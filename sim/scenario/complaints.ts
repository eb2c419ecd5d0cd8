/** Collects what is wrong with one file: from the schema's issues, and from the checks that need more than one section. */
import type { z } from 'zod';
import type { ScenarioDocument } from './document.ts';
import type { Mistake, Place } from './mistake.ts';
import { didYouMean, knownWords } from './nearest.ts';
import { formatPath, type Path } from './setting.ts';
import { shown } from './units.ts';

type Issue = z.core.$ZodIssue;

export class Complaints {
  readonly mistakes: Mistake[] = [];
  readonly #document: ScenarioDocument;

  constructor(document: ScenarioDocument) {
    this.#document = document;
  }

  /** `text` is told behind the path: `workloads[2].to: no node is called n9`. */
  about(path: Path, text: string, what: 'key' | 'value' = 'value'): void {
    const name = formatPath(path);
    this.mistakes.push({ place: this.#document.place(path, what), text: name === '' ? text : `${name}: ${text}` });
  }

  place(path: Path): Place {
    return this.#document.place(path);
  }

  /** file:line, for what a plan remembers of where it came from. */
  at(path: Path): string {
    const { source, line } = this.place(path);
    return line === null ? source : `${source}:${line}`;
  }

  unknownKey(path: Path, key: string, known: readonly string[]): void {
    this.about([...path, key], `unknown key${knownWords(key, known)}`, 'key');
  }

  /** The value that the schema makes of it, or undefined and why not. */
  parse<T extends z.ZodType>(schema: T, written: unknown, path: Path): z.output<T> | undefined {
    const result = schema.safeParse(written, { reportInput: true });
    if (result.success) return result.data;
    for (const issue of result.error.issues) this.#issue(issue, path);
    return undefined;
  }

  #issue(issue: Issue, base: Path): void {
    const path = [...base, ...(issue.path as Path)];
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) this.unknownKey(path, key, issue.message.split(' '));
    } else if (issue.code === 'invalid_key') {
      for (const inner of issue.issues) this.about(path, inner.message, 'key');
    } else if (issue.code === 'invalid_union') {
      const meant = issue.errors.find((branch) => branch.every((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'));
      if (meant !== undefined && meant.length > 0) for (const inner of meant) this.#issue(inner, path);
      else this.about(path, `${issue.message}, found ${shown(issue.input)}`);
    } else this.about(path, sentence(issue));
  }
}

function sentence(issue: Exclude<Issue, { code: 'unrecognized_keys' | 'invalid_key' | 'invalid_union' }>): string {
  const found = shown(issue.input);
  switch (issue.code) {
    case 'invalid_type': {
      // A field that knows better than its type says so; zod's own words begin like this.
      const expected = issue.message.startsWith('Invalid input') ? (TYPES[issue.expected] ?? issue.expected) : issue.message;
      return issue.input === undefined ? `is missing: expected ${expected}` : `expected ${expected}, found ${found}`;
    }
    case 'invalid_value': {
      const words = issue.values.map(String);
      const expected = words.length === 1 ? words[0] : `one of ${words.join(', ')}`;
      const near = typeof issue.input === 'string' ? didYouMean(issue.input, words) : '';
      return issue.input === undefined ? `is missing: expected ${expected}` : `expected ${expected}, found ${found}${near}`;
    }
    case 'too_small':
      return `expected at least ${amount(issue.minimum, issue.origin)}, found ${size(issue.input)}`;
    case 'too_big':
      return `expected at most ${amount(issue.maximum, issue.origin)}, found ${size(issue.input)}`;
    case 'invalid_format':
      return `${issue.message}, found ${found}`;
    default:
      return issue.message;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  object: 'a map',
  record: 'a map',
  array: 'a list',
};

function amount(bound: number | bigint, origin: string): string {
  if (origin === 'array') return `${bound} in the list`;
  return origin === 'string' ? `${bound} characters` : String(bound);
}

function size(input: unknown): string {
  return Array.isArray(input) || typeof input === 'string' ? String(input.length) : shown(input);
}
