/** Messages to other relays, and those that came here. */
import { z } from 'zod';
import type { MessageRequest, ReceivedMessage } from '../../../relay-messages.ts';
import { gone, type Routes } from '../route.ts';
import { CARRIER, COUNT, exampleKey, ONION_BYTES, PUBLIC_KEY } from '../schemas.ts';

/** MESSAGE_BYTES_MAX in base64, or as JSON text whose every other character is escaped. */
const BODY_BYTES_MAX = 9 * 1024 * 1024;

const MESSAGE_ID = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .meta({ description: 'A message’s id, 32 hex characters', examples: ['00112233445566778899aabbccddeeff'] });

const BASE64 = z.base64().meta({ description: 'base64' });

const MESSAGE_REQUEST = z
  .strictObject({
    to: PUBLIC_KEY.exactOptional(),
    carrier: z
      .union([CARRIER, z.literal('auto')])
      .exactOptional()
      .meta({ description: 'Default auto' }),
    onionBytesMax: ONION_BYTES.exactOptional(),
    identity: z
      .enum(['anonymous', 'named'])
      .exactOptional()
      .meta({ description: 'Default anonymous: the receiver cannot tell who sent it' }),
    text: z.string().exactOptional(),
    bytes: BASE64.exactOptional(),
    replyTo: MESSAGE_ID.exactOptional(),
    id: MESSAGE_ID.exactOptional(),
    timeoutMs: z.int().min(1_000).max(600_000).exactOptional(),
  })
  .refine(({ text, bytes }) => (text === undefined) !== (bytes === undefined), 'either text or bytes')
  .refine(({ to, replyTo }) => to !== undefined || replyTo !== undefined, 'to, replyTo, or both')
  .meta({
    description:
      'Either `text` or `bytes`. With `replyTo` and no `to` it goes back to whoever sent that message, named or not, while its session lives. ' +
      'Sent again under the same `id`, a message is shown once.',
    examples: [{ to: exampleKey, carrier: 'peer-message', text: 'hello' }],
  });

const SENT = z.strictObject({ id: MESSAGE_ID, retries: COUNT }).meta({ description: 'The other relay holds it' });

const RECEIVED = z.strictObject({
  number: COUNT,
  id: MESSAGE_ID,
  replyTo: MESSAGE_ID.exactOptional(),
  from: PUBLIC_KEY.exactOptional(),
  atMs: z.number(),
  text: z.string().exactOptional(),
  bytes: BASE64.exactOptional(),
});

const tags = ['messages'];

export const messageRoutes: Routes = (api, { relay: { messages } }) => {
  api.post(
    '/v1/messages',
    {
      bodyLimit: BODY_BYTES_MAX,
      schema: {
        operationId: 'sendMessage',
        tags,
        summary: 'Send a message to another relay',
        description: 'Answers when the other relay holds it, or with the error that kept it from there; never before.',
        body: MESSAGE_REQUEST,
        response: { 200: SENT },
      },
    },
    ({ body: { bytes, ...body } }, reply) => {
      const request: MessageRequest = { ...body, ...(bytes === undefined ? {} : { bytes: Buffer.from(bytes, 'base64') }) };
      return messages.send({ ...request, signal: gone(reply) });
    },
  );
  api.get(
    '/v1/messages',
    {
      schema: {
        operationId: 'listMessages',
        tags,
        summary: 'Messages that came here, oldest first',
        description: 'What was listed may make room for newer ones; what nobody listed is never dropped, a full inbox refuses instead.',
        querystring: z.strictObject({
          after: z.coerce.number().int().min(0).exactOptional().meta({ description: 'Those after this number' }),
          limit: z.coerce.number().int().min(1).max(100).exactOptional(),
        }),
        response: { 200: z.strictObject({ messages: z.array(RECEIVED) }).meta({ description: 'Oldest first' }) },
      },
    },
    async ({ query }) => ({ messages: (await messages.list(query)).map(shown) }),
  );
  api.delete(
    '/v1/messages/:id',
    {
      schema: {
        operationId: 'removeMessage',
        tags,
        summary: 'Remove a message that came here',
        params: z.strictObject({ id: MESSAGE_ID }),
        response: { 200: z.strictObject({ removed: z.boolean() }).meta({ description: 'Whether there was one' }) },
      },
    },
    async ({ params }) => ({ removed: await messages.remove(params.id) }),
  );
};

const shown = ({ bytes, ...message }: ReceivedMessage) => ({
  ...message,
  ...(bytes === undefined ? {} : { bytes: Buffer.from(bytes).toString('base64') }),
});
