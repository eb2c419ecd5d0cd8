/** The messages of a relay in another process, over its API. */
import type { MessageSent, ReceivedMessage, RelayMessages } from '../../relay-messages.ts';
import type { CallJson } from '../pages/remote.ts';

export const remoteMessages = (call: CallJson): RelayMessages => ({
  send: ({ signal, bytes, ...request }) => {
    const body = bytes === undefined ? request : { ...request, bytes: Buffer.from(bytes).toString('base64') };
    return call<MessageSent>('POST', '/v1/messages', { signal }, body);
  },
  async list({ signal, after, limit } = {}) {
    const query = new URLSearchParams({ ...(after && { after: `${after}` }), ...(limit && { limit: `${limit}` }) });
    const { messages } = await call<{ messages: (Omit<ReceivedMessage, 'bytes'> & { bytes?: string })[] }>('GET', `/v1/messages?${query}`, {
      signal,
    });
    return messages.map(({ bytes, ...message }) => ({
      ...message,
      ...(bytes === undefined ? {} : { bytes: Buffer.from(bytes, 'base64') }),
    }));
  },
  remove: async (id, waiting) => (await call<{ removed: boolean }>('DELETE', `/v1/messages/${id}`, waiting)).removed,
});
