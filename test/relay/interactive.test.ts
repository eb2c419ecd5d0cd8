import test from 'ava';
import { CongestionWindow, WINDOWS } from '../../nodes/relay/session/congestion.ts';
import { Interactive, keystroke } from '../../nodes/relay/session/interactive.ts';

const MTU = 65_522;
const BASE_MS = 20;

/** Fills the window, lets everything arrive in good time, and says how much it was. */
const underWay = (window: CongestionWindow, interactive: boolean): number => {
  const bytes = window.unitBytes(MTU, interactive);
  let sent = 0;
  for (; window.readyAt(bytes, interactive) !== Number.POSITIVE_INFINITY; sent += bytes) window.sent(bytes);
  for (let left = sent; left > 0; left -= bytes) window.arrived(bytes, BASE_MS, BASE_MS);
  return sent;
};

test('bulk alone fills its window in the longest units', (t) => {
  const window = new CongestionWindow(WINDOWS['peer-message']);
  t.is(window.unitBytes(MTU, false), MTU);
  t.is(underWay(window, false), Math.floor(WINDOWS['peer-message'].start / MTU) * MTU);
});

test('beside something interactive bulk goes in short units, fewer while they wait and more while they do not', (t) => {
  const window = new CongestionWindow(WINDOWS['peer-message']);
  const { beside } = WINDOWS['peer-message'];
  t.is(window.unitBytes(MTU, true), beside!.unitBytes);
  t.is(underWay(window, true), beside!.windowBytesMin);
  for (let turn = 0; turn < 10; turn++) underWay(window, true);
  const opened = underWay(window, true);
  t.true(opened > 3 * beside!.windowBytesMin, `${opened} B`);
  for (let turn = 0; turn < 100; turn++) {
    window.sent(beside!.unitBytes);
    window.arrived(beside!.unitBytes, beside!.roundTrips * BASE_MS + 1, BASE_MS);
  }
  t.is(underWay(window, true), beside!.windowBytesMin);
  t.true(underWay(window, false) > opened, 'and bulk alone is as before');
});

test('where nothing is known of shorter units, what is interactive changes nothing', (t) => {
  const window = new CongestionWindow(WINDOWS['onion-message']);
  t.is(window.unitBytes(32_189, true), 32_189);
});

test('a sign lasts while keystrokes follow one another, and a download that begins is none', (t) => {
  const interactive = new Interactive();
  t.false(interactive.active(0));
  interactive.sign(0);
  t.true(interactive.active(500));
  t.false(interactive.active(700));
  const data = { kind: 'data', stream: 1, fin: false, data: Buffer.from('l') } as const;
  t.true(keystroke({ ...data, offset: 3 }));
  t.false(keystroke({ ...data, offset: 0 }));
  t.false(keystroke({ ...data, offset: 3, fin: true }));
  t.false(keystroke({ kind: 'credit', bytes: 5 }));
});
