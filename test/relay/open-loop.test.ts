/** Units offered at a rate: latency counts from when each was due, whatever the sender did. */
import { createHash } from 'node:crypto';
import test from 'ava';
import type { Clock, Random } from '../../nodes/node.ts';
import type { Circuit } from '../../nodes/relay/carrier/carrier.ts';
import { ReceivedTests, sendTestUnits, TEST_UNIT_BYTES_MIN } from '../../nodes/relay/test-units.ts';
import { UNIT_HEADER_BYTES, UNIT_ID_BYTES } from '../../nodes/relay/wire/unit.ts';

const ID = 'a test';
const random: Random = { bytes: (length) => new Uint8Array(length), float: () => 0 };

test('a sender that stalls counts its own delay, as whoever waits for the message does', async (t) => {
  let nowMs = 0;
  let sleeps = 0;
  const clock: Clock = {
    kind: 'virtual',
    now: () => nowMs,
    // The third wait lasts a second too long, as a collected heap or a busy machine makes it.
    async sleep(ms) {
      sleeps += 1;
      nowMs += ms + (sleeps === 3 ? 1_000 : 0);
    },
  };
  const received = new ReceivedTests(clock);
  const wireId = createHash('sha256')
    .update(ID)
    .digest('hex')
    .slice(0, 2 * UNIT_ID_BYTES);
  const circuit = {
    ...{ carrier: 'onion-message', hops: 1, mtu: 1_000 },
    async send(unit: Buffer) {
      received.receive(wireId, unit.subarray(UNIT_HEADER_BYTES), unit.length);
    },
  } as unknown as Circuit;
  const request = { id: ID, to: '', carrier: 'onion-message', count: 12, ratePerS: 10, unitBytes: TEST_UNIT_BYTES_MIN } as const;
  await sendTestUnits(request, circuit, clock, random);
  const { latencyMs } = received.of(ID);
  // Due at 0, 100, 200 … ms; the fourth went at 1,300 and those behind it at once, each late by 100 ms less.
  t.deepEqual(
    latencyMs.map((ms) => Math.round(ms)),
    [0, 0, 0, 1_000, 900, 800, 700, 600, 500, 400, 300, 200],
  );
});
