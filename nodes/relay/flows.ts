/**
 * Flows of datagrams inside a session: the client numbers them, upwards, so that a late datagram of one that is over never passes for
 * another's, and asks the exit's service for each over a stream that lasts as long as the flow.
 */
import type { Session } from './session/session.ts';

/** What fits the two bytes of a flow's number. */
const FLOWS = 2 ** 14;

export type FlowSession = Pick<Session, 'connect' | 'datagramBytesMax' | 'sendDatagram' | 'onDatagram'>;

interface Numbers {
  next: number;
  readonly taken: Set<number>;
}

const numbers = new WeakMap<object, Numbers>();

/** A number that no living flow of this session has, until it is released. Sessions listen to far fewer than there are. */
export const takeFlow = (session: object): { readonly flow: number; release(): void } => {
  const known = numbers.get(session) ?? { next: 0, taken: new Set() };
  numbers.set(session, known);
  while (known.taken.has(known.next)) known.next = (known.next + 1) % FLOWS;
  const flow = known.next;
  known.taken.add(flow);
  known.next = (flow + 1) % FLOWS;
  return { flow, release: () => known.taken.delete(flow) };
};

export const isFlow = (flow: number): boolean => Number.isInteger(flow) && flow >= 0 && flow < FLOWS;
