/**
 * The objects of a JSON file's top-level lists, one at a time: `{"nodes": [{…}, …], "edges": [{…}, …]}`. The file may be far larger than
 * memory and from anybody: what is held is one record and one piece of the file, both bounded. Each record is parsed by itself, since a
 * stream of tokens took six times as long and twice the memory (`stream-json` 3.8, a graph file of 91 MB).
 */
import type { FileHandle } from 'node:fs/promises';
import { GraphFileError } from './graph-file-error.ts';

const PIECE_BYTES = 1 << 16;
/** The largest node of the mainnet, features and addresses, takes some 10 kB. */
const RECORD_BYTES_MAX = 1 << 20;
const KEY_BYTES_MAX = 100;

const [QUOTE, BACKSLASH, NEWLINE] = [0x22, 0x5c, 0x0a];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];

export interface JsonRecord {
  /** The key of its list, and its place in it from 0. */
  readonly list: string;
  readonly index: number;
  /** Where it begins, from 1. */
  readonly line: number;
  readonly value: unknown;
}

export class JsonRecords {
  readonly #bytesMax: number;
  #held: Buffer = Buffer.alloc(0);
  /** Of #held: how far it was read, and where the open record or string begins (−1: none). */
  #at = 0;
  #recordFrom = -1;
  #recordLine = 0;
  #stringFrom = -1;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #line = 1;
  #key = '';
  #list = '';
  #index = 0;
  #readBytes = 0;
  #began = false;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** @throws GraphFileError with the place: no JSON, cut short, longer than bytesMax. */
  async *of(file: FileHandle, signal?: AbortSignal): AsyncGenerator<JsonRecord[]> {
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, null);
      if (bytesRead === 0) break;
      this.#readBytes += bytesRead;
      if (this.#readBytes > this.#bytesMax) throw tooLong(this.#readBytes, this.#bytesMax);
      yield this.#take(piece.subarray(0, bytesRead));
    }
    if (!this.#began) throw new GraphFileError('is empty');
    if (this.#depth > 0 || this.#inString) throw new GraphFileError(`ends ${this.#where()}, at line ${this.#line}: it was cut short`);
  }

  #take(piece: Buffer): JsonRecord[] {
    const kept = this.#recordFrom >= 0 ? this.#recordFrom : this.#stringFrom >= 0 ? this.#stringFrom : this.#at;
    this.#held = Buffer.concat([this.#held.subarray(kept), piece]);
    this.#at -= kept;
    if (this.#recordFrom >= 0) this.#recordFrom = 0;
    if (this.#stringFrom >= 0) this.#stringFrom -= kept;
    if (this.#recordFrom >= 0 && this.#at > RECORD_BYTES_MAX)
      throw new GraphFileError(`${this.#where()}: one record is longer than ${RECORD_BYTES_MAX} B`);
    const records: JsonRecord[] = [];
    for (; this.#at < this.#held.length; this.#at++) this.#byte(this.#held[this.#at]!, records);
    return records;
  }

  #byte(byte: number, records: JsonRecord[]): void {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#endString();
      else if (byte === NEWLINE) throw new GraphFileError(`line ${this.#line}: a text runs over the end of the line`);
      return;
    }
    if (byte === NEWLINE) this.#line += 1;
    else if (byte === QUOTE) this.#beginString();
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) this.#open(byte);
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) this.#close(records);
    else if (!this.#began && byte > 0x20 && byte !== 0xef && byte !== 0xbb && byte !== 0xbf)
      throw new GraphFileError('is no JSON: expected {');
  }

  #beginString(): void {
    this.#inString = true;
    if (this.#depth === 1) this.#stringFrom = this.#at + 1;
  }

  #endString(): void {
    this.#inString = false;
    if (this.#stringFrom < 0) return;
    const bytes = this.#at - this.#stringFrom;
    if (bytes > KEY_BYTES_MAX) throw new GraphFileError(`line ${this.#line}: a key or text is longer than ${KEY_BYTES_MAX} B`);
    this.#key = this.#held.toString('utf8', this.#stringFrom, this.#at);
    this.#stringFrom = -1;
  }

  #open(byte: number): void {
    if (!this.#began && byte !== OPEN_OBJECT) throw new GraphFileError('is no graph: expected a map with nodes and edges, found a list');
    this.#began = true;
    if (this.#depth === 1 && byte === OPEN_LIST) {
      this.#list = this.#key;
      this.#index = 0;
    }
    if (this.#depth === 2 && this.#list !== '' && byte === OPEN_OBJECT) {
      this.#recordFrom = this.#at;
      this.#recordLine = this.#line;
    }
    this.#depth += 1;
  }

  #close(records: JsonRecord[]): void {
    this.#depth -= 1;
    if (this.#depth < 0) throw new GraphFileError(`line ${this.#line}: a bracket closes that nothing opened`);
    if (this.#depth === 1) this.#list = '';
    if (this.#depth !== 2 || this.#recordFrom < 0) return;
    const record = { list: this.#list, index: this.#index, line: this.#recordLine };
    const text = this.#held.toString('utf8', this.#recordFrom, this.#at + 1);
    this.#recordFrom = -1;
    this.#index += 1;
    try {
      records.push({ ...record, value: JSON.parse(text) });
    } catch (cause) {
      throw new GraphFileError(
        `line ${record.line}: ${record.list}[${record.index}] is no JSON: ${(cause as Error).message.slice(0, 120)}`,
      );
    }
  }

  #where(): string {
    return this.#list === '' ? 'in the middle' : `in the middle of ${this.#list}[${this.#index}]`;
  }
}

export function tooLong(bytes: number, bytesMax: number): GraphFileError {
  const gigabytes = (bytes / 1e9).toFixed(1);
  return new GraphFileError(
    `has ${gigabytes} GB or more: a graph file may have at most ${bytesMax} B (mainnet's has some 0.1 GB); is it another file?`,
  );
}
