/**
 * Reading and writing bounded byte strings: every decoder of the relay stands on these two. A reader believes no claimed length
 * before it has checked that so many bytes are there, and allocates nothing on its own. Whole numbers are RFC 9000 §16's variable
 * length integers, up to 2^53 − 1.
 */
import { FrameError } from '../../errors.ts';

export { FrameError };

const VARINT_BYTES_MAX = 8;

export class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Big-endian, 1 to 6 bytes. */
  uint(length: number): number {
    this.#need(length);
    const value = this.#bytes.readUIntBE(this.#at, length);
    this.#at += length;
    return value;
  }

  varint(): number {
    this.#need(1);
    const length = 1 << ((this.#bytes[this.#at] as number) >> 6);
    this.#need(length);
    let value = (this.#bytes[this.#at] as number) & 0x3f;
    for (let index = 1; index < length; index++) value = value * 256 + (this.#bytes[this.#at + index] as number);
    if (value > Number.MAX_SAFE_INTEGER) throw new FrameError(`a number above 2^53 − 1 (${value})`);
    this.#at += length;
    return value;
  }

  /** A view, not a copy. */
  bytes(length: number): Buffer {
    this.#need(length);
    const view = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return view;
  }

  /** UTF-8 behind its length; `bytesMax` bounds what is believed. */
  text(bytesMax: number): string {
    const length = this.varint();
    if (length > bytesMax) throw new FrameError(`a text of ${length} B where at most ${bytesMax} B are allowed`);
    return this.bytes(length).toString('utf8');
  }

  float64(): number {
    return this.bytes(8).readDoubleBE(0);
  }

  rest(): Buffer {
    return this.bytes(this.left);
  }

  end(): void {
    if (this.left > 0) throw new FrameError(`${this.left} B behind the end`);
  }

  #need(length: number): void {
    if (length > this.left) throw new FrameError(`${length} B expected, ${this.left} B are left`);
  }
}

/** Fills a buffer of fixed size; running over it is a bug of ours, so callers ask for `left` first. */
export class Writer {
  readonly #bytes: Buffer;
  #at = 0;

  /** @param target how many bytes, or the buffer to fill. */
  constructor(target: number | Buffer) {
    this.#bytes = typeof target === 'number' ? Buffer.allocUnsafe(target) : target;
  }

  get length(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  uint(value: number, length: number): this {
    this.#at = this.#bytes.writeUIntBE(value, this.#at, length);
    return this;
  }

  varint(value: number): this {
    const length = varintBytes(value);
    let rest = value;
    for (let index = length - 1; index > 0; index--) {
      this.#bytes[this.#at + index] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    this.#bytes[this.#at] = rest | (Math.log2(length) << 6);
    this.#at += length;
    return this;
  }

  bytes(bytes: Uint8Array): this {
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  /** Room for so many bytes, to be filled by the caller. */
  space(length: number): Buffer {
    const view = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return view;
  }

  text(text: string): this {
    const bytes = Buffer.from(text, 'utf8');
    return this.varint(bytes.length).bytes(bytes);
  }

  float64(value: number): this {
    this.#at = this.#bytes.writeDoubleBE(value, this.#at);
    return this;
  }

  /** What was written: a view. */
  done(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }
}

export const varintBytes = (value: number): number => {
  if (value < 2 ** 6) return 1;
  if (value < 2 ** 14) return 2;
  return value < 2 ** 30 ? 4 : VARINT_BYTES_MAX;
};

export const textBytes = (text: string): number => {
  const bytes = Buffer.byteLength(text);
  return varintBytes(bytes) + bytes;
};
