/** IP between the machine with a TUN device beside this relay and the one beside the exit's. */
import { z } from 'zod';
import { SessionError } from '../../../errors.ts';
import type { IpTunnel, IpTunnelStats } from '../../../node.ts';
import { gone, type Routes } from '../route.ts';
import { COUNT, NOTHING, SESSION_ID } from '../schemas.ts';

const OPENED = z
  .strictObject({
    address: z.string().meta({ description: 'Of the machine beside this relay, with the bits of its subnet' }),
    mtu: COUNT.meta({ description: 'The longest packet; set the TUN device’s to it' }),
  })
  .meta({ description: 'Packets pass' });

const STATS: z.ZodType<IpTunnelStats> = z
  .strictObject({ packetsOut: COUNT, packetsIn: COUNT, droppedTooLong: COUNT, droppedNoRoom: COUNT, droppedForeign: COUNT })
  .meta({ description: 'Packets at this end, by what became of them' });

const BY_ID = z.strictObject({ id: SESSION_ID });
const tags = ['tunnels'];

export const ipRoutes: Routes = (api, { sessions }) => {
  const open = new Map<string, IpTunnel>();
  const tunnelOf = (id: string): IpTunnel => {
    const tunnel = open.get(id);
    if (tunnel === undefined) throw new SessionError(`no IP tunnel through session ${id.slice(0, 16)}`);
    return tunnel;
  };
  api.post(
    '/v1/sessions/:id/ip',
    {
      schema: {
        operationId: 'openIp',
        tags,
        summary: 'Join the machines beside this relay and the exit’s by IP',
        params: BY_ID,
        response: { 200: OPENED },
      },
    },
    async ({ params }, reply) => {
      const { id } = params;
      const tunnel = await sessions.get(id).session.openIp({ signal: gone(reply) });
      open.set(id, tunnel);
      tunnel.onClosed?.(() => open.delete(id));
      return { address: tunnel.address, mtu: tunnel.mtu };
    },
  );
  api.get(
    '/v1/sessions/:id/ip',
    { schema: { operationId: 'ipStats', tags, summary: 'What an IP tunnel carried', params: BY_ID, response: { 200: STATS } } },
    ({ params }) => tunnelOf(params.id).stats(),
  );
  api.delete(
    '/v1/sessions/:id/ip',
    { schema: { operationId: 'closeIp', tags, summary: 'End an IP tunnel', params: BY_ID, response: { 200: NOTHING } } },
    async ({ params }) => {
      await tunnelOf(params.id)[Symbol.asyncDispose]();
      return {};
    },
  );
};
