/** The client's end of an IP tunnel: the machine beside this relay reaches the one beside the exit's, and nothing else. */
import { Ending } from '../../ending.ts';
import { RefusedError, SessionError } from '../../errors.ts';
import { MTU_MIN } from '../../ipv4.ts';
import type { IpTunnel, Waiting } from '../../node.ts';
import { type FlowSession, takeFlow } from '../flows.ts';
import { SERVICE_PORT } from '../services.ts';
import { tunName } from './service.ts';
import { tunnelAddressText } from './subnet.ts';
import { mtuOf, noCounts, type Passage, type TunnelEnd } from './tunnel-end.ts';

/** @throws RefusedError where either relay has no tunnel end, or it is in use; SessionError when the session ends before. */
export const openIp = async (session: FlowSession, end: TunnelEnd | undefined, waiting: Waiting = {}): Promise<IpTunnel> => {
  if (end === undefined) throw new RefusedError('no machine with a TUN device stands beside this relay');
  if (mtuOf(session) < MTU_MIN)
    throw new RefusedError(`this carrier takes packets of ${mtuOf(session)} B here: IPv4 wants at least ${MTU_MIN} B`, {
      hint: 'fewer hops, or another carrier',
    });
  const { flow, release } = takeFlow(session);
  const passage: Passage = { session, flow, far: null, counts: noCounts() };
  const ending = new Ending();
  let deaf = () => {};
  ending.onEnd(() => {
    deaf();
    end.remove(passage);
    release();
  });
  if (!end.add(passage)) {
    release();
    throw new RefusedError('the machine beside this relay is at the end of another tunnel');
  }
  try {
    deaf = session.onDatagram(flow, (packet) => end.fromTunnel(passage, packet));
    const control = await session.connect(tunName(flow, tunnelAddressText(end.own)), SERVICE_PORT, waiting);
    ending.onEnd(() => control.destroy());
    control.on('error', () => {}); // 'close' follows
    control.once('end', () => ending.end(new SessionError('the exit closed the IP tunnel')));
    control.once('close', () => ending.end(new SessionError('the IP tunnel is closed')));
    control.resume();
    return {
      address: tunnelAddressText(end.own),
      get mtu() {
        return mtuOf(session);
      },
      stats: async () => ({ ...passage.counts }),
      onClosed: (listener) => ending.onEnd(listener),
      [Symbol.asyncDispose]: async () => ending.end(new SessionError('the IP tunnel was closed here')),
    };
  } catch (error) {
    ending.end(error as Error);
    throw error;
  }
};
