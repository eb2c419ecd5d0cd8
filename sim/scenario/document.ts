/** YAML to plain values that remember where each of them stood. Mistakes of syntax come out as mistakes, never as exceptions. */
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import type { Mistake, Place } from './mistake.ts';
import { didYouMean } from './nearest.ts';
import { formatPath, type Path, readSetting } from './setting.ts';
import { shown } from './units.ts';

/** An alias may stand for a list of aliases, and so on: what they unfold to together is bounded. */
const ALIASES_MAX = 100;
const DEPTH_MAX = 24;
/** Sections that a file may lack and a setting may begin; elsewhere a missing map is a misspelt one. */
const MADE: readonly (string | number)[] = ['nodes', 'policy', 'links', 'relay', 'bitcoind'];

export class ScenarioDocument {
  readonly mistakes: Mistake[] = [];
  /** False where the text is no YAML map, so that to look further would only find what follows from that. */
  readonly usable: boolean;
  readonly #source: string;
  readonly #lines = new LineCounter();
  readonly #document: Document;
  /** Path of what an argument set → the argument, which is then its place. */
  readonly #settings = new Map<string, string>();

  constructor(source: string, text: string) {
    this.#source = source;
    // Duplicate keys are looked for here: yaml's own check compares every key with every other.
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: false });
    for (const { message, pos } of [...this.#document.errors, ...this.#document.warnings]) {
      this.mistakes.push({ place: this.#at(pos[0]), text: `cannot be read as YAML: ${reworded(message)}` });
    }
    const { contents } = this.#document;
    if (contents === null) this.mistakes.push({ place: this.#whole(), text: 'is empty: a scenario is a map of keys, see scenarios/' });
    else if (this.mistakes.length === 0 && !isMap(contents)) {
      const found = shown(plain(contents));
      this.mistakes.push({ place: this.#at(start(contents)), text: `expected a map of keys (name, nodes, workloads, …), found ${found}` });
    }
    this.usable = this.mistakes.length === 0 && this.#check(contents, 1);
  }

  /** `--set path=value`, its value read as YAML. `label` is the argument as it was written, for messages. */
  set(setting: string, label: string): void {
    const wrong = (text: string) => this.mistakes.push({ place: { source: label, line: null, column: null }, text });
    const read = readSetting(setting);
    if ('problem' in read) return void wrong(read.problem);
    const value = parseDocument(read.value, { prettyErrors: false });
    if (value.errors.length > 0) return void wrong(`the value cannot be read: ${reworded(value.errors[0]!.message)}`);
    const blocked = this.#blocked(read.path);
    if (blocked !== null) return void wrong(blocked);
    try {
      this.#document.setIn(read.path, value.toJS({ maxAliasCount: ALIASES_MAX }));
    } catch {
      return void wrong('the path leads through an alias (*name): set the value in a file of its own');
    }
    this.#settings.set(formatPath(read.path), label);
  }

  /** Plain maps, lists and scalars. */
  value(): unknown {
    try {
      return this.#document.toJS({ maxAliasCount: ALIASES_MAX });
    } catch (error) {
      this.mistakes.push({ place: this.#whole(), text: `aliases unfold to too much: ${(error as Error).message}` });
      return null;
    }
  }

  /** Where a value stands, or the nearest thing around it that exists; `key`: where its key stands. */
  place(path: Path, what: 'key' | 'value' = 'value'): Place {
    for (const length of path.keys()) {
      const label = this.#settings.get(formatPath(path.slice(0, length + 1)));
      if (label !== undefined) return { source: label, line: null, column: null };
    }
    let node: Node | null = this.#document.contents;
    let best: Node | null = node;
    for (const [index, step] of path.entries()) {
      const pair = isMap(node) ? pairAt(node.items, step) : null;
      const child: unknown = isSeq(node) ? node.items[Number(step)] : pair?.value;
      const last = index === path.length - 1;
      if (pair !== null && isNode(pair.key) && ((last && what === 'key') || !hasText(child))) best = pair.key;
      else if (isNode(child)) best = child;
      if (!isNode(child)) break;
      node = child;
    }
    return best === null ? this.#whole() : this.#at(start(best));
  }

  /** Keys are words, each once in its map. False where nesting never ends: then nothing may walk it. */
  #check(node: unknown, depth: number): boolean {
    if (depth > DEPTH_MAX) {
      this.mistakes.push({ place: this.#at(start(node)), text: `is nested deeper than ${DEPTH_MAX} levels` });
      return false;
    }
    if (isSeq(node)) return node.items.every((item) => this.#check(item, depth + 1));
    if (!isMap(node)) return true;
    const seen = new Set<string>();
    return node.items.every(({ key, value }) => {
      this.#checkKey(key, seen);
      return this.#check(value, depth + 1);
    });
  }

  #checkKey(key: unknown, seen: Set<string>): void {
    const wrong = (text: string) => this.mistakes.push({ place: this.#at(start(key)), text });
    if (!isScalar(key)) return void wrong(`expected a plain word as key, found ${isAlias(key) ? 'an alias' : shown(plain(key))}`);
    const name = String(key.value);
    if (name === '__proto__') wrong('__proto__ is no key that a scenario may have');
    else if (seen.has(name)) wrong(`duplicate key '${name}': it stands in this map already; remove one of the two`);
    seen.add(name);
  }

  /** Why this path cannot be set, or null. A new key may be made in a map that is there; lists are not lengthened. */
  #blocked(path: Path): string | null {
    let value = this.value();
    for (const [index, step] of path.entries()) {
      const here = index === 0 ? 'the scenario' : formatPath(path.slice(0, index));
      if (Array.isArray(value)) {
        if (typeof step !== 'number' || step >= value.length) return `${here} is a list of ${value.length}: expected an index below that`;
        value = value[step];
      } else if (typeof value === 'object' && value !== null) {
        const next: unknown = Object.hasOwn(value, step) ? (value as Record<PropertyKey, unknown>)[step] : undefined;
        if (next === undefined && index === 0 && MADE.includes(step)) return null;
        if (next === undefined && index < path.length - 1) {
          return `${here} has no ${String(step)}${didYouMean(String(step), Object.keys(value))}`;
        }
        value = next;
      } else if (index < path.length) return `${here} is ${shown(value)}, not a map or list to set something in`;
    }
    return null;
  }

  #at(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { source: this.#source, line: Math.max(1, line), column: Math.max(1, col) };
  }

  #whole(): Place {
    return { source: this.#source, line: null, column: null };
  }
}

function pairAt(items: readonly Pair[], step: PropertyKey): Pair | null {
  return items.find(({ key }) => isScalar(key) && String(key.value) === String(step)) ?? null;
}

/** `key:` with nothing behind it has a value node of no width: the key is the better place. */
function hasText(node: unknown): boolean {
  return isNode(node) && (node.range === undefined || node.range === null || node.range[1] > node.range[0]);
}

function start(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}

function plain(node: unknown): unknown {
  return isMap(node) ? {} : isSeq(node) ? [] : isScalar(node) ? node.value : undefined;
}

/** The library speaks to programmers in two places. */
function reworded(message: string): string {
  if (message.startsWith('Source contains multiple documents')) return 'a second document begins here (---); a scenario file holds one';
  if (message.includes('call stack')) return 'nested too deeply';
  return message.split('\n')[0]!;
}
