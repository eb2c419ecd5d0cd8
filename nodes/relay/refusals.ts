/** What an exit refuses becomes an event, whoever refused it. */
import type { Emit } from './events.ts';
import type { Accept } from './session/session.ts';

export const tellRefusals =
  (accept: Accept, emit: Emit): Accept =>
  (stream, host, port, session) => {
    const refuse = (reason: string): void => {
      emit({ kind: 'connection-refused', session: session.id, role: 'exit', host, port, reason });
      stream.refuse(reason);
    };
    accept({ id: stream.id, duplex: stream.duplex, opened: () => stream.opened(), refuse }, host, port, session);
  };
