/** The exit of a relay: makes the TCP connection that a client asks for, where its allowlist lets it. */
import type { Duplex } from 'node:stream';
import type { RelayEnvironment } from '../../node.ts';
import { withDeadline } from '../deadline.ts';
import type { Stream } from '../session/streams.ts';
import type { Allowlist } from './allow.ts';
import { join } from './join.ts';

const RESOLVE_DEADLINE_MS = 10_000;
const DIAL_DEADLINE_MS = 15_000;
/** Refusals by the allowlist begin with this, so that SOCKS can tell them from connections that failed. */
export const NOT_ALLOWED = 'not allowed: ';

export type Exit = (stream: Stream, host: string, port: number) => void;

export const openExit =
  (environment: RelayEnvironment, allowed: Allowlist, signal: AbortSignal): Exit =>
  (stream, host, port) => {
    connect(environment, allowed, host, port, signal).then(
      (socket) => {
        if (stream.duplex.destroyed) {
          socket.destroy();
          return;
        }
        stream.opened();
        join(stream.duplex, socket);
      },
      (error: Error) => {
        environment.log(`exit: refused a connection: ${error.message}`);
        stream.refuse(error.message);
      },
    );
  };

const connect = async (
  environment: RelayEnvironment,
  allowed: Allowlist,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Duplex> => {
  const limited = <T>(what: string, ms: number, work: (waiting: { signal: AbortSignal }) => Promise<T>): Promise<T> => {
    const over = new AbortController();
    const late = () => new Error(`${what} took longer than ${ms / 1000} s`);
    const either = AbortSignal.any([signal, over.signal]);
    return withDeadline({ clock: environment.clock, ms, signal, late }, work({ signal: either })).finally(() => over.abort());
  };
  const decision = await allowed.decide(host, port, (name) =>
    limited(`resolving ${host}`, RESOLVE_DEADLINE_MS, (waiting) => environment.resolve(name, waiting)),
  );
  if ('refused' in decision) throw new Error(`${NOT_ALLOWED}${decision.refused}`);
  let failure: unknown;
  for (const address of decision.addresses) {
    try {
      return await limited(`connecting to ${host}:${port}`, DIAL_DEADLINE_MS, (waiting) => environment.dial(address, port, waiting));
    } catch (error) {
      failure = error;
    }
  }
  throw new Error(`${host}:${port} cannot be reached: ${failure instanceof Error ? failure.message : String(failure)}`, { cause: failure });
};
