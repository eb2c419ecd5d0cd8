/**
 * What a relay itself offers inside a session, beside connections to the world: a stream opened to a service's name and port 0,
 * which no TCP service can have. Pages, messages and contracts are services; each registers itself by name when the relay starts.
 */
import { NOT_ALLOWED } from './exit/target.ts';
import type { Accept, Session } from './session/session.ts';
import type { Stream } from './session/streams.ts';

export const SERVICE_PORT = 0;

/** Opens or refuses the stream; the session is the caller's. What follows a service's name and a slash is its `argument`. */
export type Service = (stream: Stream, session: Session, argument: string) => void;

export type Services = ReadonlyMap<string, Service>;

/** Port 0 is a service's, anything else the exit's. */
export const acceptServices =
  (services: Services, exit: Accept): Accept =>
  (stream, host, port, session) => {
    if (port !== SERVICE_PORT) exit(stream, host, port, session);
    else {
      const slash = host.indexOf('/');
      const [name, argument] = slash < 0 ? [host, ''] : [host.slice(0, slash), host.slice(slash + 1)];
      const service = services.get(name);
      if (service === undefined) stream.refuse(`${NOT_ALLOWED}no service ${name.slice(0, 40)} at this relay`);
      else service(stream, session, argument);
    }
  };
