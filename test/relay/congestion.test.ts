import test from 'ava';
import { HTLC_SLOTS_MAX, HtlcSlots } from '../../nodes/relay/payment/htlc-slots.ts';
import { CongestionWindow, WINDOWS } from '../../nodes/relay/session/congestion.ts';

/** How many packets fit once the window was filled and emptied so often, each arrival taking so long. */
const after = (rounds: number, tookMs: number, window = new CongestionWindow(WINDOWS.keysend)): number => {
  let inFlight = 0;
  for (let round = 0; round < rounds; round++) {
    for (; window.readyAt(1_003) !== Number.POSITIVE_INFINITY; inFlight++) window.sent(1_003);
    if (round === rounds - 1) break;
    for (; inFlight > 0; inFlight--) window.arrived(1_003, tookMs);
  }
  return inFlight;
};

test('a window of HTLCs opens while their verdicts come soon, stands when they take long, and closes when they take longer', (t) => {
  t.is(after(10, 500), WINDOWS.keysend.max);
  t.is(after(10, WINDOWS.keysend.delayMs + 1), WINDOWS.keysend.start);
  t.true(after(40, 2 * WINDOWS.keysend.delayMs + 1) < WINDOWS.keysend.start * 0.7);
});

test('a failure halves the window, once for all that was sent before it', (t) => {
  const window = new CongestionWindow(WINDOWS.keysend);
  for (let index = 0; index < 64; index++) window.sent(1_003);
  for (let index = 0; index < 10; index++) window.lost(1_003, 0, 100, false);
  for (let index = 0; index < 22; index++) window.arrived(1_003, 500);
  t.is(window.inFlight, 32);
  t.is(window.readyAt(1_003), Number.POSITIVE_INFINITY, 'half of 64 are under way');
});

test('all sessions together keep below the slots of a channel, and each has its turn', async (t) => {
  const slots = new HtlcSlots();
  const held = await Promise.all(Array.from({ length: HTLC_SLOTS_MAX }, () => slots.take('peer')));
  const order: number[] = [];
  const waiting = [1, 2, 3].map((index) => slots.take('peer').then((free) => ({ free, index: order.push(index) })));
  const other = await slots.take('another peer');
  await Promise.resolve();
  t.deepEqual(order, [], 'all are taken');
  for (const free of held.slice(0, 3)) free();
  for (const { free } of await Promise.all(waiting)) free();
  t.deepEqual(order, [1, 2, 3]);
  for (const free of held.slice(3)) free();
  other();
  (await slots.take('peer'))();
});
