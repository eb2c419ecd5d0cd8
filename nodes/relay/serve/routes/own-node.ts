/** The node beside the relay: signatures by its key, and its peers. */
import { z } from 'zod';
import { gone, type Routes } from '../route.ts';
import { exampleKey, NOTHING, PUBLIC_KEY } from '../schemas.ts';

const MESSAGE_BYTES = z.base64().max(8_192).meta({ description: 'What is signed, in base64' });
const SIGNATURE = z.string().min(1).max(256).meta({ description: 'zbase32, as LND signs' });

const SIGN = z.strictObject({ bytes: MESSAGE_BYTES }).meta({ examples: [{ bytes: 'aGVsbG8=' }] });
const VERIFY = z.strictObject({ bytes: MESSAGE_BYTES, signature: SIGNATURE }).meta({
  examples: [
    {
      bytes: 'aGVsbG8=',
      signature: 'd9tibmnic9t5y41hg7hkakdcra94akas9ku3rmmj4ag9mritc8ok4p5qzefs78c9pqfhpuftqqzhydbdwfg7u6w6wdxcqpqn4sj4e73e',
    },
  ],
});
const PEER = z
  .strictObject({
    publicKey: PUBLIC_KEY,
    socket: z
      .string()
      .regex(/^\S{1,255}:\d{1,5}$/)
      .meta({ description: 'host:port' }),
  })
  .meta({ examples: [{ publicKey: exampleKey, socket: '127.0.0.1:9735' }] });

export const ownNodeRoutes: Routes = (api, { relay: { own } }) => {
  api.post(
    '/v1/sign',
    {
      schema: {
        operationId: 'sign',
        tags: ['node'],
        summary: 'Sign by the node’s key',
        body: SIGN,
        response: { 200: z.strictObject({ signature: SIGNATURE }).meta({ description: 'Signed' }) },
      },
    },
    async ({ body }, reply) => ({ signature: await own.sign(Buffer.from(body.bytes, 'base64'), { signal: gone(reply) }) }),
  );
  api.post(
    '/v1/verify',
    {
      schema: {
        operationId: 'verify',
        tags: ['node'],
        summary: 'Whose signature it is',
        body: VERIFY,
        response: {
          200: z.strictObject({ publicKey: PUBLIC_KEY.nullable() }).meta({ description: 'null: of no node in the graph, or not valid' }),
        },
      },
    },
    async ({ body }, reply) => ({
      publicKey: await own.verify(Buffer.from(body.bytes, 'base64'), body.signature, { signal: gone(reply) }),
    }),
  );
  api.get(
    '/v1/peers',
    {
      schema: {
        operationId: 'peers',
        tags: ['node'],
        summary: 'Peers of the node',
        response: { 200: z.strictObject({ peers: z.array(PUBLIC_KEY) }).meta({ description: 'Connected now' }) },
      },
    },
    async (_request, reply) => ({ peers: [...(await own.peers({ signal: gone(reply) }))] }),
  );
  api.post(
    '/v1/peers',
    { schema: { operationId: 'connectPeer', tags: ['node'], summary: 'Connect to a peer', body: PEER, response: { 200: NOTHING } } },
    async ({ body }, reply) => {
      await own.connect(body.publicKey, body.socket, { signal: gone(reply) });
      return {};
    },
  );
  api.delete(
    '/v1/peers/:publicKey',
    {
      schema: {
        operationId: 'disconnectPeer',
        tags: ['node'],
        summary: 'Disconnect a peer',
        params: z.strictObject({ publicKey: PUBLIC_KEY }),
        response: { 200: NOTHING },
      },
    },
    async ({ params }, reply) => {
      await own.disconnect(params.publicKey, { signal: gone(reply) });
      return {};
    },
  );
};
