/**
 * What a relay itself offers inside a session, beside connections to the world: a stream opened to a service's name and port 0,
 * which no TCP service can have. Pages, messages and contracts are services; each registers itself by name when the relay starts.
 */
import { NOT_ALLOWED } from './exit/exit.ts';
import type { Accept, Session } from './session/session.ts';
import type { Stream } from './session/streams.ts';

export const SERVICE_PORT = 0;

/** Opens or refuses the stream; the session is the caller's. */
export type Service = (stream: Stream, session: Session) => void;

export type Services = ReadonlyMap<string, Service>;

/** Port 0 is a service's, anything else the exit's. */
export const acceptServices =
  (services: Services, exit: Accept): Accept =>
  (stream, host, port, session) => {
    if (port !== SERVICE_PORT) exit(stream, host, port, session);
    else {
      const service = services.get(host);
      if (service === undefined) stream.refuse(`${NOT_ALLOWED}no service ${host.slice(0, 40)} at this relay`);
      else service(stream, session);
    }
  };
