/** What one unit holds over relays: their own header and limit stand before LND's. */
import { PayloadTooLargeError, WorkloadError } from '../../../nodes/errors.ts';
import { PEER_MESSAGE_BYTES_MAX } from '../../../nodes/onion.ts';
import type { CarrierKind } from '../../../nodes/plan.ts';
import type { HopTarget } from '../../scenario/plan.ts';
import { runUnits } from '../message/units.ts';
import { relayOf } from '../path.ts';
import type { WorkloadContext } from '../workload.ts';
import { findEdge } from './edge.ts';

export async function relayedEdge(carrier: CarrierKind, from: string, { to, hops }: HopTarget, context: WorkloadContext): Promise<number> {
  const [sender, target] = [relayOf(context.network, from), relayOf(context.network, to)];
  const arrives = async (unitBytes?: number): Promise<number | null> => {
    const units = { carrier, count: 1, inFlight: 1, ...(unitBytes === undefined ? {} : { unitBytes }) } as const;
    const { sent, received } = await runUnits(context, sender, target, units);
    return received.count === 1 && received.bytes === sent.unitBytes ? sent.unitBytes : null;
  };
  const expected = await arrives();
  const bytes =
    expected &&
    (await findEdge({ expected, floor: 1, ceiling: PEER_MESSAGE_BYTES_MAX }, async (n) => {
      try {
        return (await arrives(n)) !== null;
      } catch (error) {
        if (error instanceof PayloadTooLargeError) return false;
        throw error;
      }
    }));
  if (bytes === null) throw new WorkloadError(`no unit of ${carrier} over relays arrived at ${to} from ${from}, ${hops} hops away`);
  return bytes;
}
