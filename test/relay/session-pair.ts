/** A client's and an exit's session over fake circuits; the exit answers as the test says. */
import type { Duplex } from 'node:stream';
import type { CarrierKind } from '../../nodes/plan.ts';
import { type Accept, Session } from '../../nodes/relay/session/session.ts';
import type { Stream } from '../../nodes/relay/session/streams.ts';
import { type CircuitPair, circuitPair, type Mischief, seededRandom } from './fake-circuits.ts';
import { VirtualClock } from './virtual-clock.ts';

export const MTUS: Readonly<Record<CarrierKind, number>> = {
  keysend: 1003,
  'htlc-record': 59_943,
  'onion-message': 32_189,
  'peer-message': 65_522,
};

export interface SessionPair {
  readonly clock: VirtualClock;
  readonly circuits: CircuitPair;
  readonly client: Session;
  readonly exit: Session;
}

export const sessionPair = (
  carrier: CarrierKind,
  { seed = 1, mischief, accept }: { seed?: number; mischief?: Mischief; accept?: Accept } = {},
): SessionPair => {
  const clock = new VirtualClock();
  const circuits = circuitPair(carrier, MTUS[carrier], clock, seededRandom(seed), mischief);
  const [up, down] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const shared = { id: '0011223344556677', clock, onEnd: () => {} };
  const [hash, chaining] = [Buffer.alloc(32), Buffer.alloc(32, 3)];
  const client = new Session({ ...shared, role: 'client', circuit: circuits.near, keys: { send: up, receive: down, chaining, hash } });
  const exit = new Session({
    ...shared,
    role: 'exit',
    circuit: circuits.far,
    keys: { send: down, receive: up, chaining, hash },
    accept: accept ?? echo,
  });
  circuits.sinks.near = (unit) => client.receive(unit);
  circuits.sinks.far = (unit) => exit.receive(unit);
  return { clock, circuits, client, exit };
};

export const echo = (stream: Stream): void => {
  stream.opened();
  stream.duplex.pipe(stream.duplex);
};

export const readAll = async (stream: Duplex): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};
