/** What a node does with an HTLC that both commitments hold: the checks of BOLT 4 and 7 before it is passed on, taken or failed. */

import { recordsToPass } from '../htlc-answer.ts';
import type { TlvRecord } from '../node.ts';
import { KEYSEND_TYPE, tlvStreamBytes } from '../onion.ts';
import { CHAIN_HEIGHT, FINAL_EXPIRY_MIN_BLOCKS } from './chain.ts';
import { feeMsat } from './fee.ts';
import type { FailureCode, Htlc, HtlcHandler } from './htlc.ts';
import { invoicePreimage, received } from './invoices.ts';
import type { LinkEnd } from './link.ts';

export const handler: HtlcHandler = {
  accepted(at, htlc) {
    if (htlc.hop === htlc.onion.hops.length - 1) receive(at, htlc);
    else forward(at, htlc);
  },
};

/** LND asks before it looks at the outgoing channel. */
function forward(at: LinkEnd, htlc: Htlc): void {
  const { node, channel } = at;
  const hop = htlc.onion.hops[htlc.hop]!;
  const question = {
    id: `${channel.id}/${node.forwardsSeen++}`,
    incoming: channel.id,
    outgoing: htlc.onion.hops[htlc.hop + 1]!.channel.id,
    hash: Buffer.from(htlc.hash, 'hex'),
    amountMsat: hop.forwardMsat,
    wireRecords: htlc.wireRecords,
  };
  node.forwardQuestions.ask(question, tlvStreamBytes(htlc.wireRecords), (answer) => passOn(at, htlc, recordsToPass(answer)));
}

function passOn(at: LinkEnd, htlc: Htlc, wireRecords: readonly TlvRecord[]): void {
  const hop = htlc.onion.hops[htlc.hop]!;
  const next = htlc.onion.hops[htlc.hop + 1]!;
  const out = at.node.linkOn(next.channel);
  const refusal = out === undefined || out.peer.node.publicKey !== next.publicKey ? 'UNKNOWN_NEXT_PEER' : refusalOf(out, htlc);
  if (refusal !== null) {
    at.node.note(`HTLC of ${htlc.amountMsat} msat refused: ${refusal}`);
    at.fail(htlc, { code: refusal, hop: htlc.hop });
    return;
  }
  out!.offer({
    hash: htlc.hash,
    amountMsat: hop.forwardMsat,
    expiry: hop.expiry,
    onion: htlc.onion,
    wireRecords,
    hop: htlc.hop + 1,
    origin: { settled: () => at.settle(htlc), failed: (failure) => at.fail(htlc, failure) },
  });
}

function refusalOf(out: LinkEnd, htlc: Htlc): FailureCode | null {
  const hop = htlc.onion.hops[htlc.hop]!;
  const policy = out.channel.policy(out.side);
  if (hop.forwardMsat < policy.htlcMinimumMsat) return 'AMOUNT_BELOW_MINIMUM';
  if (htlc.amountMsat - hop.forwardMsat < feeMsat(policy, hop.forwardMsat)) return 'FEE_INSUFFICIENT';
  if (htlc.expiry - hop.expiry < policy.cltvExpiryDelta) return 'INCORRECT_CLTV_EXPIRY';
  return out.channel.refusal(out.side, hop.forwardMsat) === null ? null : 'TEMPORARY_CHANNEL_FAILURE';
}

function receive(at: LinkEnd, htlc: Htlc): void {
  const { node } = at;
  const last = htlc.onion.hops[htlc.hop]!;
  const soon = htlc.expiry < CHAIN_HEIGHT + FINAL_EXPIRY_MIN_BLOCKS;
  const preimage = htlc.onion.preimage ?? invoicePreimage(node, htlc);
  if (preimage === null || soon || htlc.amountMsat < last.forwardMsat) {
    at.fail(htlc, { code: 'INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS', hop: htlc.hop });
    return;
  }
  const question = {
    hash: Buffer.from(htlc.hash, 'hex'),
    preimage,
    amountMsat: htlc.amountMsat,
    wireRecords: htlc.wireRecords,
  };
  node.exitQuestions.ask(question, tlvStreamBytes(htlc.wireRecords), (answer) => {
    if (answer === 'cancel') at.fail(htlc, { code: 'INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS', hop: htlc.hop });
    else settle(at, htlc);
  });
}

function settle(at: LinkEnd, htlc: Htlc): void {
  const { node } = at;
  // LND also settles a duplicate to a keysend that is settled (ResultDuplicateToSettled), and tells nobody; not to an invoice with a secret.
  const known = node.settledInvoices.has(htlc.hash);
  if (known && htlc.onion.preimage === null) {
    at.fail(htlc, { code: 'INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS', hop: htlc.hop });
    return;
  }
  node.settledInvoices.add(htlc.hash);
  const diskUs = node.plan.storage === 'tmpfs' ? 0 : node.costs.invoiceDiskUs;
  node.compute(node.costs.invoiceCpuUs, () =>
    node.time.after(node.spread(diskUs), () => {
      at.settle(htlc);
      const { preimage } = htlc.onion;
      if (preimage === null) {
        received(node, htlc);
        return;
      }
      // LND shows the keysend record and the wire records beside the sender's own.
      const records = [...htlc.onion.records, { type: KEYSEND_TYPE, value: preimage }, ...htlc.wireRecords];
      if (!known) node.receivedPayments.publish({ hash: Buffer.from(htlc.hash, 'hex'), amountMsat: htlc.amountMsat, records });
    }),
  );
}
