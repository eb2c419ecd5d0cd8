/** What one unit of a carrier can hold by the specifications and our own caps, to set beside what was found by trying. */
import type { Tags } from '../../sim/measure/report.ts';
import { hopsOf } from '../pick.ts';

export interface Formula {
  readonly bytes: number;
  readonly text: string;
}

/** By the tags of a payload_limit_bytes; null for a carrier that this does not know. Checked against nodes/onion.ts and what relays say in test/reports/limits.test.ts. */
export function limitFormula(tags: Tags): Formula | null {
  const beyond = hopsOf(tags) - 1;
  switch (tags.carrier) {
    // BOLT 4: 1,300 B of hop payloads; each hop more takes its own 51 B (amounts and heights of regtest).
    case 'keysend':
      return { bytes: 1_207 - 51 * beyond, text: '1,207 − 51 (h − 1)' };
    // BOLT 4: the packet's 66 B, the last hop's 95; each hop more takes 121 B.
    case 'onion-message':
      return { bytes: Number(tags.onion) - 161 - 121 * beyond, text: 'packet − 161 − 121 (h − 1)' };
    // Our cap for wire records, 57 B of it the record's head and its layers. What LND takes over one channel: a message of BOLT 8 less
    // update_add_htlc's own 1,450 B and the record's head (type 5, length 3).
    case 'htlc-record':
      return tags.by === 'lnd'
        ? { bytes: PEER_MESSAGE_BYTES - 1_450 - 8, text: '65,533 − 1,450 − 8' }
        : { bytes: 60_000 - 57, text: '60,000 − 57' };
    // Relays that pass a message on need 11 B of it.
    case 'peer-message':
      return tags.by === 'limit' ? { bytes: PEER_MESSAGE_BYTES - 11, text: '65,533 − 11' } : { bytes: PEER_MESSAGE_BYTES, text: '65,533' };
    default:
      return null;
  }
}

/** BOLT 8: a message of 65,535 B less its type. */
const PEER_MESSAGE_BYTES = 65_533;
