/** An exit's way to a client that it does not know: every unit pays the rendezvous, which pays it on. */
import type { Carrier, Circuit, CircuitOptions } from '../carrier/carrier.ts';
import { FrameError } from '../wire/bytes.ts';
import { UNIT, UNIT_HEADER_BYTES, unitHeader } from '../wire/unit.ts';
import type { WayBack } from '../wire/way-back.ts';

/** What a stranger may have us pay for each unit: a client that runs the rendezvous itself would earn it. Three hops' fees. */
export const AMOUNT_MSAT_MAX = 3_100;

/** @throws FrameError for terms that nobody should accept, and what opening a circuit throws. */
export const openRendezvous = async (
  carrier: Carrier,
  { relay, token, amountMsat, mtu }: Extract<WayBack, { kind: 'rendezvous' }>,
  options: CircuitOptions,
): Promise<Circuit> => {
  if (amountMsat > AMOUNT_MSAT_MAX)
    throw new FrameError(`a rendezvous that asks ${amountMsat} msat for a unit: at most ${AMOUNT_MSAT_MAX} are paid`);
  const circuit = await carrier.open(relay, { ...options, amountMsat });
  const header = unitHeader(UNIT.pass, token);
  return {
    carrier: circuit.carrier,
    to: relay,
    hops: circuit.hops,
    pace: circuit.pace,
    get mtu() {
      return Math.min(circuit.mtu - UNIT_HEADER_BYTES, mtu);
    },
    // 'arrived' is the rendezvous's node: what it does not pass on is missed by sequence, as what a relay missed that had stopped.
    send: (unit, sending) => circuit.send(Buffer.concat([header, unit]), sending),
    onClosed: (listener) => circuit.onClosed(listener),
    close: () => circuit.close(),
  };
};
