/** When a packet counts as lost: RFC 9002, 6.1. */
import test from 'ava';
import { PROFILES } from '../../nodes/relay/session/profile.ts';
import { Recovery, type SentPacket } from '../../nodes/relay/session/recovery.ts';

const profile = PROFILES['onion-message'];

const idle = (): Recovery => {
  const recovery = new Recovery(profile);
  for (let number = 0; number < 20; number++) {
    recovery.sent(packet(recovery.takeNumber(), number * 1_000));
    recovery.acknowledged([[number, number]], 0, number * 1_000 + 60);
  }
  return recovery;
};

const packet = (number: number, sentMs: number): SentPacket => ({ number, sentMs, arrivedMs: null }) as SentPacket;

test('a packet that another one overtook in a queue is waited for as long as that queue was', (t) => {
  const recovery = idle();
  for (const number of [20, 21]) recovery.sent(packet(recovery.takeNumber(), 30_000 + number));
  recovery.acknowledged([[21, 21]], 0, 30_300);
  t.deepEqual(recovery.lost(30_300), []);
  t.deepEqual(recovery.lost(30_320), []);
  t.is(recovery.acknowledged([[20, 20]], 0, 30_330).length, 1);
});

test('one that was overtaken and does not come is lost, soon after', (t) => {
  const recovery = idle();
  for (const number of [20, 21]) recovery.sent(packet(recovery.takeNumber(), 30_000 + number));
  recovery.acknowledged([[21, 21]], 0, 30_081);
  t.deepEqual(
    recovery.lost(30_020 + 60 + profile.reorderMs + 1).map(({ number }) => number),
    [20],
  );
});
