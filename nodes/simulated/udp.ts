/** A virtual UDP socket whose far end sends back what it gets, as the UDP port of an origin does (nodes/origin.ts); null: nobody is there. */
import { Ending } from '../ending.ts';
import { SessionError } from '../errors.ts';
import type { UdpFlow } from '../node.ts';
import type { Costs } from './costs.ts';
import type { VirtualTime } from './virtual-time.ts';

/** RFC 768 over IPv4. */
export const UDP_BYTES_MAX = 65_507;
/** On their way at once; more are dropped, as a full socket buffer does. */
const ON_THE_WAY_MAX = 256;

export function virtualUdp(time: VirtualTime, costs: Costs, carried: ((bytes: number) => void) | null): UdpFlow {
  const ending = new Ending();
  let hear: (bytes: Uint8Array) => void = () => {};
  let onTheWay = 0;
  return {
    bytesMax: UDP_BYTES_MAX,
    send(bytes) {
      if (ending.ended || bytes.length > UDP_BYTES_MAX || onTheWay >= ON_THE_WAY_MAX) return false;
      if (carried === null) return true;
      const copy = Uint8Array.from(bytes);
      const oneWayUs = costs.socketUs + bytes.length * costs.socketUsPerByte;
      carried(bytes.length);
      onTheWay += 1;
      time.after(2 * oneWayUs, () => {
        onTheWay -= 1;
        if (ending.ended) return;
        time.wake();
        hear(copy);
      });
      return true;
    },
    onDatagram(listener) {
      hear = listener;
    },
    onClosed: (listener) => ending.onEnd(listener),
    close: () => ending.end(new SessionError('the socket was closed here')),
  };
}
