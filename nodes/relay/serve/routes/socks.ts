/** What SOCKS5 clients use, and why they were refused: the protocol's own reply has room for a number only. */
import { z } from 'zod';
import { gone, type Routes } from '../route.ts';
import { COUNT, SESSION_ID } from '../schemas.ts';
import { FAILURES } from './sessions.ts';

const DROPPED = z.strictObject({
  tooLong: COUNT.meta({ description: 'Longer than the carrier takes' }),
  noRoom: COUNT,
  refused: COUNT.meta({ description: 'To where the exit does not let them' }),
  unknownSource: COUNT.meta({ description: 'From an address without an association' }),
  malformed: COUNT.meta({ description: 'Fragments, and what is no SOCKS5 datagram' }),
});

const SOCKS = z
  .strictObject({
    udp: z.strictObject({ port: z.int(), associations: COUNT, sent: COUNT, received: COUNT, dropped: DROPPED }),
    onDemand: z.array(z.strictObject({ name: z.string(), session: SESSION_ID, users: COUNT, failures: FAILURES })),
  })
  .meta({ description: 'Datagrams by what became of them, and the sessions that clients named' });

const UDP_TARGET = z
  .strictObject({ host: z.string().min(1).max(255), port: z.int().min(1).max(65_535) })
  .meta({ examples: [{ host: 'shop', port: 80 }] });

const UDP_REACHED = z
  .strictObject({ bytesMax: COUNT.meta({ description: 'The longest datagram that the carrier takes now' }) })
  .meta({ description: 'The exit sends datagrams there' });

export const socksRoutes: Routes = (api, { sessions, socks }) => {
  api.post(
    '/v1/sessions/:id/udp',
    {
      schema: {
        operationId: 'probeUdp',
        tags: ['tunnels'],
        summary: 'Whether the exit sends datagrams to a target',
        description: 'The datagrams themselves go through SOCKS5’s UDP ASSOCIATE, which has no answer for a target that is refused.',
        params: z.strictObject({ id: SESSION_ID }),
        body: UDP_TARGET,
        response: { 200: UDP_REACHED },
      },
    },
    async ({ params, body }, reply) => {
      const flow = await sessions.get(params.id).session.openUdp(body.host, body.port, { signal: gone(reply) });
      flow.close();
      return { bytesMax: flow.bytesMax };
    },
  );
  api.get(
    '/v1/socks',
    { schema: { operationId: 'socks', tags: ['tunnels'], summary: 'What SOCKS5 clients use', response: { 200: SOCKS } } },
    () => {
      const { counts, size } = socks.udp;
      const { sent, received } = counts;
      return {
        udp: {
          port: socks.udpPort,
          associations: size,
          sent,
          received,
          dropped: {
            tooLong: counts.droppedTooLong,
            noRoom: counts.droppedNoRoom,
            refused: counts.droppedRefused,
            unknownSource: counts.droppedUnknownSource,
            malformed: counts.droppedMalformed,
          },
        },
        onDemand: socks.onDemand.list().map(({ name, served, users }) => ({
          name,
          session: served.session.id,
          users,
          failures: served.failures,
        })),
      };
    },
  );
};
