/** A client's and an exit's session whose circuits die and are opened anew, by chance from a seed. */
import { PeerError } from '../../nodes/errors.ts';
import type { CarrierKind } from '../../nodes/plan.ts';
import { Session } from '../../nodes/relay/session/session.ts';
import type { Stream } from '../../nodes/relay/session/streams.ts';
import { type CircuitPair, circuitPair, type Mischief, NO_MISCHIEF, seededRandom } from './fake-circuits.ts';
import { echo, MTUS } from './session-pair.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface ResumablePair {
  readonly clock: VirtualClock;
  readonly client: Session;
  readonly exit: Session;
  /** Every circuit there was, the newest last. */
  readonly circuits: CircuitPair[];
  /** When the client asked whether the exit knows the session. */
  readonly askedMs: number[];
  /** While it is true no circuit can be opened. */
  broken: boolean;
}

export const resumablePair = (
  carrier: CarrierKind,
  {
    seed = 1,
    mischief = NO_MISCHIEF,
    failing = 0,
    accept = echo,
  }: { seed?: number; mischief?: Mischief; failing?: number; accept?: (stream: Stream, host: string, port: number) => void } = {},
): ResumablePair => {
  const clock = new VirtualClock();
  const random = seededRandom(seed);
  const circuits: CircuitPair[] = [];
  const join = (): CircuitPair => {
    const circuit = circuitPair(carrier, MTUS[carrier], clock, random, mischief);
    circuit.sinks.near = (unit) => pair.client.receive(unit);
    circuit.sinks.far = (unit) => pair.exit.receive(unit, circuit.far);
    circuits.push(circuit);
    return circuit;
  };
  const [up, down, chaining, hash] = [1, 2, 3, 4].map((fill) => Buffer.alloc(32, fill)) as [Buffer, Buffer, Buffer, Buffer];
  const shared = { id: '0011223344556677', clock, onEnd: () => {} };
  const askedMs: number[] = [];
  const resumption = {
    open: async () => {
      await clock.sleep(20 + random.float() * 200);
      if (pair.broken || random.float() < failing) throw new PeerError('the first peer is not there');
      return join().near;
    },
    ask: () => void askedMs.push(clock.now()),
  };
  const first = join();
  const keys = { send: up, receive: down, chaining, hash };
  const pair: ResumablePair = {
    clock,
    circuits,
    askedMs,
    broken: false,
    client: new Session({ ...shared, role: 'client', circuit: first.near, keys, resumption }),
    exit: new Session({ ...shared, role: 'exit', circuit: first.far, keys: { ...keys, send: down, receive: up }, accept }),
  };
  return pair;
};
