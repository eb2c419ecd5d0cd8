/** All questions, to the networks they belong to. */
import type { Network } from '../../nodes/node.ts';
import { PROBE_PLANS, type ProbePlan } from './plans.ts';
import { type Figures, idle, type LndCpu, onionMessages, type Probe, pay, peerMessages, RECORDS, units } from './probes.ts';

export const SMALL_BYTES = 1_000;
/** One that needs the larger of BOLT 4's packets, and one that does not. */
const ONION_BYTES = { large: 32_000, small: 100 };

export interface ProbeWorld {
  readonly lndCpu: LndCpu;
  /** Opened when asked for, and closed before the next. */
  open(plan: ProbePlan): Promise<Network>;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

export async function runProbes({ open, lndCpu, progress, signal }: ProbeWorld, plans = PROBE_PLANS): Promise<Figures> {
  const figures: Figures = {};
  for (const plan of plans) {
    await using network = await open(plan);
    const probe = { network, lndCpu, prefix: plan.name, figures, progress, signal };
    await idle(probe);
    await QUESTIONS[plan.name]!(probe);
  }
  return figures;
}

const QUESTIONS: Readonly<Record<string, (probe: Probe) => Promise<void>>> = {
  async two(probe) {
    await pay(probe, { name: 'pay.1', inFlight: 1, count: 40 });
    await pay(probe, { name: 'pay.8', inFlight: 8, count: 120 });
    await pay(probe, { name: 'pay.32', inFlight: 32, count: 320 });
    await pay(probe, { name: 'pay.100', inFlight: 100, count: 700 });
    await pay(probe, { name: 'pay.200', inFlight: 200, count: 1_000 });
    await pay(probe, { name: 'records.1', inFlight: 1, count: 20, recordBytes: RECORDS.bytes });
    await pay(probe, { name: 'records.8', inFlight: 8, count: 96, recordBytes: RECORDS.bytes });
    await pay(probe, { name: 'records.32', inFlight: 32, count: 160, recordBytes: RECORDS.bytes });
    await peerMessages(probe, 'peer.small', 1_000, 1, 100);
    await peerMessages(probe, 'peer.large', 60_000, 8, 500);
    await onionMessages(probe, 'onion', ONION_BYTES.large, 20, 60);
    await onionMessages(probe, 'onion.small', ONION_BYTES.small, 20, 60);
  },
  async three(probe) {
    await pay(probe, { name: 'pay.1', inFlight: 1, count: 40 });
    await pay(probe, { name: 'pay.32', inFlight: 32, count: 320 });
    await pay(probe, { name: 'pay.100', inFlight: 100, count: 700 });
    await pay(probe, { name: 'pay.200', inFlight: 200, count: 1_000 });
    await onionMessages(probe, 'onion', ONION_BYTES.large, 20, 60);
    await onionMessages(probe, 'onion.small', ONION_BYTES.small, 20, 60);
    const stop = new AbortController();
    const [, middle] = [...probe.network.nodes.values()];
    await middle!.interceptForwards(({ wireRecords }) => ({ resumeWith: wireRecords }), stop);
    await pay(probe, { name: 'asked.1', inFlight: 1, count: 25 });
    await pay(probe, { name: 'asked.32', inFlight: 32, count: 200 });
    await pay(probe, { name: 'records.8', inFlight: 8, count: 96, recordBytes: RECORDS.bytes });
    await pay(probe, { name: 'records.32', inFlight: 32, count: 160, recordBytes: RECORDS.bytes });
    stop.abort();
  },
  async relays(probe) {
    await units(probe, { name: 'keysend', carrier: 'keysend', inFlight: 8, count: 80 });
    await units(probe, { name: 'peer.small', carrier: 'peer-message', inFlight: 8, count: 2_000, unitBytes: SMALL_BYTES });
    await units(probe, { name: 'peer.large', carrier: 'peer-message', inFlight: 8, count: 600 });
    await units(probe, { name: 'onion', carrier: 'onion-message', ratePerS: 20, count: 50 });
  },
  async 'relays-three'(probe) {
    await units(probe, { name: 'records', carrier: 'htlc-record', inFlight: 8, count: 96 });
  },
};
