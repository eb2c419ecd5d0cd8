/** UDP at an exit: one connected socket for each flow, checked by the allowlist as connections are, closed once it is idle. */
import type { RelayEnvironment, UdpFlow } from '../../node.ts';
import { Alarm } from '../alarm.ts';
import type { Service } from '../services.ts';
import type { Session } from '../session/session.ts';
import type { Stream } from '../session/streams.ts';
import { readUdpTarget } from '../udp/target.ts';
import type { Allowlist } from './allow.ts';
import { reach } from './target.ts';

/** A socket each. */
const UDP_FLOWS_MAX = 1_024;
export const UDP_FLOWS_PER_SESSION_MAX = 256;
/** RFC 4787 REQ-5: not less than two minutes. What the client sends counts; what comes back does not (REQ-6). */
export const UDP_IDLE_MS = 120_000;

export interface UdpExitOptions {
  readonly environment: RelayEnvironment;
  readonly allowed: Allowlist;
  readonly signal: AbortSignal;
}

export const udpService = (options: UdpExitOptions): Service => {
  const { environment, allowed, signal } = options;
  const open = new Map<Session, number>();
  let all = 0;
  const count = (session: Session, by: 1 | -1): void => {
    all += by;
    const own = (open.get(session) ?? 0) + by;
    if (own === 0) open.delete(session);
    else open.set(session, own);
  };
  return (stream, session, argument) => {
    const target = readUdpTarget(argument);
    if (target === null) return stream.refuse('a UDP flow is asked for as udp/flow/port/host');
    if (all >= UDP_FLOWS_MAX || (open.get(session) ?? 0) >= UDP_FLOWS_PER_SESSION_MAX)
      return stream.refuse(`too many UDP flows: at most ${UDP_FLOWS_PER_SESSION_MAX} a session and ${UDP_FLOWS_MAX} in all`);
    count(session, 1);
    stream.duplex.once('close', () => count(session, -1));
    const { flow, host, port } = target;
    reach({ environment, allowed, protocol: 'udp', host, port, signal }, (address, at, waiting) =>
      environment.dialUdp(address, at, waiting),
    )
      .then((socket) => couple(stream, session, flow, socket, environment))
      .catch((error: Error) => {
        environment.log(`exit: refused a UDP flow: ${error.message}`);
        stream.refuse(error.message);
      });
  };
};

/** Datagrams both ways until the client closes the stream, nothing was sent for UDP_IDLE_MS, or either end is gone. */
const couple = (stream: Stream, session: Session, flow: number, socket: UdpFlow, { clock, log }: RelayEnvironment): void => {
  const { duplex } = stream;
  if (duplex.destroyed) {
    socket.close();
    return;
  }
  const moved = { sent: 0, received: 0, tooLong: 0, noRoom: 0 };
  let usedMs = clock.now();
  const idle = new Alarm(clock, () => {
    if (usedMs + UDP_IDLE_MS > clock.now()) idle.set(usedMs + UDP_IDLE_MS);
    else duplex.destroy();
  });
  const deaf = session.onDatagram(flow, (bytes) => {
    usedMs = clock.now();
    if (socket.send(bytes)) moved.sent += 1;
    else moved.noRoom += 1;
  });
  socket.onDatagram((bytes) => {
    if (session.sendDatagram(flow, bytes)) moved.received += 1;
    else if (bytes.length > session.datagramBytesMax) moved.tooLong += 1;
    else moved.noRoom += 1;
  });
  socket.onClosed(() => duplex.destroy());
  duplex.once('end', () => duplex.destroy());
  duplex.once('close', () => {
    deaf();
    idle.clear();
    socket.close();
    log(
      `exit: a UDP flow ended: ${moved.sent} out, ${moved.received} in, dropped ${moved.tooLong} too long and ${moved.noRoom} for want of room`,
    );
  });
  duplex.resume();
  idle.set(usedMs + UDP_IDLE_MS);
  stream.opened();
};
