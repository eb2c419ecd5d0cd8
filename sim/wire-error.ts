/** Errors from one thread to another: cloning keeps neither class nor hint, and callers tell failures apart by both. */
import * as errors from '../nodes/errors.ts';

export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** What the class keeps beside: hint, exitCode, limits. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly cause: WireError | undefined;
}

/** A cause below this many others is left behind. */
const CAUSES_MAX = 8;

export function toWire(error: unknown, depth = 0): WireError {
  const { name, message, stack, cause, ...facts } =
    error instanceof Error ? { ...error, ...texts(error) } : texts(new Error(String(error)));
  const plain = Object.fromEntries(Object.entries(facts).filter(([, value]) => value === null || typeof value !== 'object'));
  return { name, message, stack, facts: plain, cause: cause === undefined || depth === CAUSES_MAX ? undefined : toWire(cause, depth + 1) };
}

/** An instance of the class of nodes/errors.ts that has its name, or an Error. */
export function fromWire({ name, message, stack, facts, cause }: WireError): Error {
  const known = (errors as Readonly<Record<string, unknown>>)[name];
  const prototype = typeof known === 'function' ? (known.prototype as object) : Error.prototype;
  const plain = new Error(message, cause === undefined ? {} : { cause: fromWire(cause) });
  return Object.assign(Object.setPrototypeOf(plain, prototype) as Error, facts, { name, stack });
}

function texts({ name, message, stack, cause }: Error) {
  return { name, message, stack, cause };
}
