/** An exit's circuit to a client, by the way back that the client named. */

import type { CarrierKind } from '../../plan.ts';
import { type Arrival, type Carrier, type Circuit, type CircuitAccount, paysPerUnit } from '../carrier/carrier.ts';
import { openRendezvous } from '../rendezvous/rendezvous-circuit.ts';
import { FrameError } from '../wire/bytes.ts';
import type { Hello } from './handshake.ts';

/**
 * @param client public key that the hello proved, if any.
 * @throws FrameError for a way that this carrier does not have, and what opening a circuit throws.
 */
export const circuitBack = async (
  carriers: ReadonlyMap<CarrierKind, Carrier>,
  { wayBack, onionBytesMax }: Hello,
  client: string | null,
  account: CircuitAccount,
  { back, carrier: kind }: Arrival,
): Promise<Circuit> => {
  const carrier = carriers.get(kind) as Carrier;
  const options = { onionBytesMax, account };
  if (wayBack.kind === 'along' && back !== null) return back;
  if (wayBack.kind === 'name' && client !== null) return carrier.open(client, options);
  if (wayBack.kind === 'blinded' && kind === 'onion-message')
    return carrier.open(wayBack.path.introduction, { ...options, beyond: wayBack.path });
  if (wayBack.kind === 'rendezvous' && paysPerUnit(kind)) return openRendezvous(carrier, wayBack, { account });
  throw new FrameError(`a hello over ${kind} with a way back of kind ${wayBack.kind}`);
};
