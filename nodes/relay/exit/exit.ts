/** The exit of a relay: makes the TCP connection that a client asks for, where its allowlist lets it. */
import type { RelayEnvironment } from '../../node.ts';
import type { Stream } from '../session/streams.ts';
import type { Allowlist } from './allow.ts';
import { join } from './join.ts';
import { reach } from './target.ts';

export type Exit = (stream: Stream, host: string, port: number) => void;

export const openExit =
  (environment: RelayEnvironment, allowed: Allowlist, signal: AbortSignal): Exit =>
  (stream, host, port) => {
    const target = { environment, allowed, protocol: 'tcp', host, port, signal } as const;
    reach(target, (address, at, waiting) => environment.dial(address, at, waiting)).then(
      (socket) => {
        if (stream.duplex.destroyed) {
          socket.destroy();
          stream.refuse('the stream was given up meanwhile');
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
