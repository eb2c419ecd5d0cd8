import test from 'ava';
import {
  keysendPayloadBytesMax,
  onionMessagePayloadBytesMax,
  PEER_MESSAGE_BYTES_MAX,
  tlvStreamBytes,
  WIRE_RECORDS_BYTES_MAX,
} from '../../nodes/onion.ts';
import { limitFormula } from '../../reports/sections/limit-formula.ts';
import { limits } from '../../reports/sections/limits.ts';
import { PROBE_RECORD_TYPE } from '../../sim/workload/probe.ts';
import { fixture } from './fixture.ts';

test('the formulas beside the sizes are those of BOLT 4, as the engine computes them from bytes', (t) => {
  for (let hops = 1; hops <= 8; hops++) {
    // Regtest amounts and heights: four bytes for what is passed on, two for the height, none for what the last hop gets more.
    const path = Array.from({ length: hops }, (_, i) => ({ amountMsat: i === hops - 1 ? 1_000 : 20_000, expiry: 300 }));
    const measured = keysendPayloadBytesMax(path);
    t.is(limitFormula({ carrier: 'keysend', hops })?.bytes, measured, `keysend over ${hops}`);
    for (const onion of [32_834, 65_498] as const)
      t.is(limitFormula({ carrier: 'onion-message', hops, onion })?.bytes, onionMessagePayloadBytesMax(hops, onion));
  }
  t.is(limitFormula({ carrier: 'peer-message', hops: 1, by: 'lnd' })?.bytes, PEER_MESSAGE_BYTES_MAX);
  t.true(limitFormula({ carrier: 'htlc-record', hops: 1 })!.bytes < WIRE_RECORDS_BYTES_MAX);
  t.is(limitFormula({ carrier: 'pigeon', hops: 1 }), null);
});

test('what LND takes beside one HTLC has a formula of its own, and so has our cap before it', (t) => {
  const tags = { carrier: 'htlc-record', hops: 1 };
  t.is(limitFormula({ ...tags, by: 'limit' })?.bytes, 59_943);
  // LND 0.21.3 settled this, and lost the channel over one byte more (scenarios/htlc-record-cliff.yaml).
  t.is(limitFormula({ ...tags, by: 'lnd' })?.bytes, 64_075);
  t.is(limitFormula({ ...tags, by: 'lnd' })?.bytes, PEER_MESSAGE_BYTES_MAX - 1_450 - recordHeadBytes());
  const { report } = fixture();
  const found = report.metrics.find(({ name }) => name === 'payload_limit_bytes')!;
  const cliff = limits({ ...report, metrics: [{ ...found, tags: { ...tags, by: 'lnd' }, value: 64_075 }] })!;
  t.regex(cliff.text[0]!, /Each is what the formula says, to the byte/);
});

/** Type and length of the record that the probe puts there. */
function recordHeadBytes(): number {
  const value = new Uint8Array(64_000);
  return tlvStreamBytes([{ type: PROBE_RECORD_TYPE, value }]) - value.length;
}

test('a size that is not what the formula says is counted in the text and shows in the table', (t) => {
  const { report } = fixture();
  t.regex(limits(report)!.text[0]!, /Each is what the formula says, to the byte/);
  const metrics = report.metrics.map((m) =>
    m.name === 'payload_limit_bytes' && m.tags.hops === 5 && m.tags.carrier === 'keysend' ? { ...m, value: 999 } : m,
  );
  const off = limits({ ...report, metrics })!;
  t.regex(off.text[0]!, /1 of 25 differ from the formula/);
  const closeUp = off.figures.find(({ caption }) => caption.startsWith('Keysend'));
  t.deepEqual(closeUp?.table.rows.at(-1), ['5', '999', '1,003', '-4']);
});
