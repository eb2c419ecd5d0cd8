/** The client's end of a UDP flow through a session: the exit's socket is open when it resolves. */
import { Ending } from '../../ending.ts';
import { SessionError } from '../../errors.ts';
import type { UdpFlow, Waiting } from '../../node.ts';
import type { DatagramDropped } from '../../relay-events.ts';
import { type FlowSession, takeFlow } from '../flows.ts';
import { SERVICE_PORT } from '../services.ts';
import { udpTargetName } from './target.ts';

export type Drop = Pick<DatagramDropped, 'reason' | 'bytes' | 'limitBytes'>;

/** @param dropped told of the first datagram of each reason. @throws RefusedError with the exit's reason, SessionError when the session ends before. */
export const openUdp = async (
  session: FlowSession,
  host: string,
  port: number,
  waiting: Waiting = {},
  dropped: (drop: Drop) => void = () => {},
): Promise<UdpFlow> => {
  const { flow, release } = takeFlow(session);
  let hear: (bytes: Uint8Array) => void = () => {};
  let deaf = () => {};
  const told = new Set<string>();
  try {
    deaf = session.onDatagram(flow, (bytes) => hear(bytes));
    const control = await session.connect(udpTargetName({ flow, host, port }), SERVICE_PORT, waiting);
    const ending = new Ending();
    ending.onEnd(() => {
      deaf();
      release();
      control.destroy();
    });
    control.on('error', () => {}); // 'close' follows
    control.once('end', () => ending.end(new SessionError(`the exit closed the flow to ${host}:${port}`)));
    control.once('close', () => ending.end(control.errored ?? new SessionError(`the flow to ${host}:${port} is closed`)));
    control.resume();
    return {
      get bytesMax() {
        return session.datagramBytesMax;
      },
      send(bytes) {
        if (ending.ended) return false;
        if (session.sendDatagram(flow, bytes)) return true;
        const limitBytes = session.datagramBytesMax;
        const reason = bytes.length > limitBytes ? 'too-long' : 'no-room';
        if (!told.has(reason)) dropped({ reason, bytes: bytes.length, limitBytes });
        told.add(reason);
        return false;
      },
      onDatagram: (listener) => {
        hear = listener;
      },
      onClosed: (listener) => ending.onEnd(listener),
      close: () => ending.end(new SessionError('the flow was closed here')),
    };
  } catch (error) {
    deaf();
    release();
    throw error;
  }
};
