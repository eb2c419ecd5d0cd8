/** From what a client asks for to addresses that an exit may connect to: the list decides, and what it saw is what is dialled. */
import type { RelayEnvironment, Waiting } from '../../node.ts';
import { withDeadline } from '../deadline.ts';
import type { Allowlist, Protocol } from './allow.ts';

const RESOLVE_DEADLINE_MS = 10_000;
const DIAL_DEADLINE_MS = 15_000;
/** Refusals by the allowlist begin with this, so that SOCKS can tell them from connections that failed. */
export const NOT_ALLOWED = 'not allowed: ';

export interface Target {
  readonly environment: RelayEnvironment;
  readonly allowed: Allowlist;
  readonly protocol: Protocol;
  readonly host: string;
  readonly port: number;
  readonly signal: AbortSignal;
}

/** Dials the first address that answers. @throws Error for the client to read; it opens with NOT_ALLOWED where the list says no. */
export const reach = async <T>(target: Target, dial: (address: string, port: number, waiting: Waiting) => Promise<T>): Promise<T> => {
  const { environment, allowed, protocol, host, port } = target;
  const decision = await allowed.decide(protocol, host, port, (name) =>
    limited(target, `resolving ${host}`, RESOLVE_DEADLINE_MS, (waiting) => environment.resolve(name, waiting)),
  );
  if ('refused' in decision) throw new Error(`${NOT_ALLOWED}${decision.refused}`);
  let failure: unknown;
  for (const address of decision.addresses) {
    try {
      return await limited(target, `connecting to ${host}:${port}`, DIAL_DEADLINE_MS, (waiting) => dial(address, port, waiting));
    } catch (error) {
      failure = error;
    }
  }
  throw new Error(`${host}:${port} cannot be reached: ${failure instanceof Error ? failure.message : String(failure)}`, { cause: failure });
};

const limited = <T>(
  { environment: { clock }, signal }: Target,
  what: string,
  ms: number,
  work: (waiting: Waiting) => Promise<T>,
): Promise<T> => {
  const over = new AbortController();
  const late = () => new Error(`${what} took longer than ${ms / 1000} s`);
  const either = AbortSignal.any([signal, over.signal]);
  return withDeadline({ clock, ms, signal, late }, work({ signal: either })).finally(() => over.abort());
};
