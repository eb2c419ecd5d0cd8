/**
 * Where the model is known to stand further from LND than it should, and why: each named in the table of `sim validate`, and still
 * bounded. Shortening this list is the work; an entry that no run needs any more is deleted.
 */
import type { MetricName } from '../measure/metrics.ts';
import type { Tags } from '../measure/report.ts';
import { tagsMatch } from '../measure/tags.ts';

export interface KnownDifference {
  readonly metric: MetricName;
  /** Those that a row must have; others it may have. */
  readonly tags: Tags;
  /** Simulated ÷ real stays between these. */
  readonly between: readonly [low: number, high: number];
  readonly why: string;
}

const LOADED =
  'over five hops LND takes a fifth more of the processor for a payment than the model has it, and a third more for the first thousand, with as many signatures (0.22 to 0.27 a channel and payment at 100 in flight, the model 0.20 to 0.23); beyond 100 in flight real nodes gain little more (47 kB/s at 100, 46 at 200, 57 at 400), the model goes on to gain, and a tunnel has some 200';
const RECORDS =
  'each state of a channel is written with the records of all its HTLCs; what that costs LND differs by a half from one minute’s probes to the next (19 to 28 payments a second over three nodes), and beyond 24 in flight real nodes gain less than the model (520 kB/s at 48, the model 640)';

const PACE =
  'two cores that carry six LNDs and six relays in a closed loop give what the hour leaves them: the same scenario moved 4.4 to 10.4 MB/s raw and 5.2 to 9.2 through the tunnel; a single unit at a time took 150 or 230 ms; a relay’s code is compiled only after some seconds of work; the model has the pace of the hour in which it was calibrated';

const BESIDE =
  'an onion takes LND 4 to 7 ms of the processor, by the hour and by what else it did just before: over two nodes the probes of one afternoon took 9.5 to 12.1 ms, and beside a transfer a short one waits where a long one is peeled; in four runs of two hours five hops took 44 to 57 ms';

const WARM =
  'over one hop nothing but relays and their LNDs is on two cores: two LNDs and two relays together take 2.0 to 2.3 ms of the processor a message of 64 kB once the relays have worked for some seconds, while among the probes a relay alone took 1.1 to 1.3';

const WOKEN =
  'an idle round trip over five hops wakes six LNDs and six relays one after the other, and what a process pays for having slept is not among the probes: 0.94 on one machine with its own profile, 0.78, 0.66 and 0.55 within two hours of another (14 ms in the model, 18 to 25)';

/** As docker runs of vpn-5hop and of scenarios/validate on 2 cores showed them, alone on the machine, with room for its noise. Bounds are set
 * after the runs that showed them, so that a run within them confirms no model: it says that nothing became worse than was seen. */
export const KNOWN: readonly KnownDifference[] = [
  { metric: 'message_goodput_bytes_per_s', tags: { carrier: 'keysend' }, between: [0.8, 1.7], why: LOADED },
  { metric: 'message_latency_ms', tags: { carrier: 'keysend' }, between: [0.6, 1.2], why: LOADED },
  { metric: 'tunnel_goodput_bytes_per_s', tags: { carrier: 'keysend' }, between: [0.8, 1.7], why: LOADED },
  { metric: 'message_goodput_bytes_per_s', tags: { carrier: 'htlc-record' }, between: [0.8, 2.1], why: RECORDS },
  { metric: 'message_latency_ms', tags: { carrier: 'htlc-record' }, between: [0.6, 1.2], why: RECORDS },
  { metric: 'tunnel_goodput_bytes_per_s', tags: { carrier: 'htlc-record' }, between: [0.8, 2.5], why: RECORDS },
  { metric: 'message_latency_ms', tags: { carrier: 'onion-message' }, between: [0.6, 1.6], why: BESIDE },
  { metric: 'tunnel_rtt_ms', tags: { carrier: 'onion-message' }, between: [0.6, 1.6], why: BESIDE },
  { metric: 'tunnel_rtt_ms', tags: { carrier: 'peer-message', load: 'idle' }, between: [0.5, 1.4], why: WOKEN },
  { metric: 'message_goodput_bytes_per_s', tags: { carrier: 'peer-message', hops: 1 }, between: [0.45, 1.4], why: WARM },
  { metric: 'message_latency_ms', tags: { carrier: 'peer-message', hops: 1 }, between: [0.5, 2.2], why: WARM },
  { metric: 'message_goodput_bytes_per_s', tags: { carrier: 'peer-message' }, between: [0.5, 1.5], why: PACE },
  { metric: 'message_latency_ms', tags: { carrier: 'peer-message' }, between: [0.4, 1.7], why: PACE },
  { metric: 'tunnel_goodput_bytes_per_s', tags: { carrier: 'peer-message' }, between: [0.5, 1.5], why: PACE },
];

export function knownDifference(metric: MetricName, tags: Tags, known = KNOWN): KnownDifference | undefined {
  return known.find((one) => one.metric === metric && tagsMatch(tags, one.tags));
}
