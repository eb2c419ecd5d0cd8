/** The events of a relay in another process, over its WebSocket. What is not read yet waits there, not here. */
import { WebSocket } from 'ws';
import { InfrastructureError } from '../errors.ts';
import { Inbox } from '../inbox.ts';
import type { RelayEndpoint, Waiting } from '../node.ts';
import type { TimedEvent } from '../relay-events.ts';

/** Held here before the connection is left unread; ws may still hand over what it had read by then. */
const HELD_MAX = 64;
const HELD_LIMIT = 65_536;

/** Resolves once the relay listens for us. @throws InfrastructureError when it does not. */
export const remoteEvents = async (endpoint: RelayEndpoint, { signal }: Waiting = {}): Promise<AsyncIterable<TimedEvent>> => {
  signal?.throwIfAborted();
  const url = new URL('/v1/events', endpoint.apiUrl.replace(/^http/, 'ws'));
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${endpoint.token}` } });
  const abort = (): void => socket.terminate();
  const inbox = new Inbox<TimedEvent>(HELD_LIMIT, () => {
    signal?.removeEventListener('abort', abort);
    socket.terminate();
  });
  signal?.addEventListener('abort', abort, { once: true });
  await new Promise<void>((resolve, reject) => {
    socket.on('message', (data) => {
      const event = JSON.parse(String(data)) as TimedEvent | { readonly kind: 'listening' };
      if (event.kind === 'listening') return resolve();
      inbox.push(event);
      if (inbox.length >= HELD_MAX) socket.pause();
    });
    let failure: Error | undefined;
    socket.on('error', (error) => {
      failure = error;
    });
    socket.on('close', (_code, reason) => {
      inbox.end();
      const why = String(reason) || failure?.message;
      reject(signal?.reason ?? new InfrastructureError(`the relay beside ${endpoint.node} tells no events: ${why}`, { cause: failure }));
    });
  });
  return read(inbox, socket);
};

async function* read(inbox: Inbox<TimedEvent>, socket: WebSocket): AsyncGenerator<TimedEvent, void, void> {
  for await (const event of inbox) {
    if (inbox.length === 0 && socket.isPaused) socket.resume();
    yield event;
  }
}
