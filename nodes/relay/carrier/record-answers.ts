/** What a relay answers when LND asks it about an HTLC: records of ours go on a layer lighter, and a payment settles only with its unit. */
import { LeydenError } from '../../errors.ts';
import type { ExitAnswer, ExitHtlc, Forward, ForwardAnswer, Node } from '../../node.ts';
import type { UnitSink } from './carrier.ts';
import { layeredOf, recordOf } from './htlc-record-tlv.ts';
import { openLayers, peelLayer } from './record-layers.ts';
import { isRecordPreimage, paysFor } from './record-preimage.ts';

export interface RecordAnswersOptions {
  readonly node: Node;
  readonly sink: UnitSink;
  log(line: string): void;
}

/** For RecordPlaces. Nothing is remembered between two questions. */
export const recordAnswers = (options: RecordAnswersOptions) => ({
  forward: (forward: Forward) => passedOn(forward, options.node),
  exit: (htlc: ExitHtlc) => received(htlc, options),
});

/** What is not ours goes on as if nobody had asked; so does what cannot be peeled, and the exit refuses it. */
const passedOn = async ({ wireRecords }: Forward, node: Node): Promise<ForwardAnswer> => {
  const layered = layeredOf(wireRecords);
  if (layered === undefined) return 'resume';
  return { resumeWith: [recordOf(await peelLayer(layered, (key) => node.ecdh(key)))] };
};

/** Payments that are not ours are none of our business; one of ours is accepted with its unit, and only with it. */
const received = async (
  { hash, preimage, amountMsat, wireRecords }: ExitHtlc,
  { node, sink, log }: RecordAnswersOptions,
): Promise<ExitAnswer> => {
  if (!isRecordPreimage(preimage)) return 'accept';
  const layered = layeredOf(wireRecords);
  if (layered === undefined) {
    log('htlc-record: a payment came without its record, as when no relay stands beside a node on its way: cancelled');
    return 'cancel';
  }
  try {
    const unit = await openLayers(layered, (key) => node.ecdh(key));
    if (!paysFor(preimage, unit)) return 'cancel';
    sink(unit, null, 'htlc-record', { payment: { hash, amountMsat, records: [] } });
    return 'accept';
  } catch (error) {
    log(`htlc-record: a payment was cancelled: ${error instanceof LeydenError ? error.message : String(error)}`);
    return 'cancel';
  }
};
