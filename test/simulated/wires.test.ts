import test from 'ava';
import { MESSAGE } from '../../nodes/simulated/engine/links.ts';
import { Wires } from '../../nodes/simulated/engine/wires.ts';
import { VirtualTime } from '../../nodes/simulated/virtual-time.ts';

const MESSAGES = 100;

test('however many messages are on a wire, one event is pending for it, and they arrive in their order', (t) => {
  const time = new VirtualTime();
  const wires = new Wires(time, 60, 1);
  const [there, back]: [number[], number[]] = [[], []];
  wires.on(MESSAGE.update, (number) => there.push(number));
  wires.on(MESSAGE.commit, (number) => back.push(number));
  const numbers = Array.from({ length: MESSAGES }, (_, number) => number);
  for (const number of numbers) wires.send(0, 1_000, MESSAGE.update, number);
  t.is(time.pending, 1);
  for (const number of numbers) wires.send(1, 1_000, MESSAGE.commit, number);
  t.is(time.pending, 2);
  let most = 0;
  while (time.runEvents(1) === 1) most = Math.max(most, time.pending);
  t.is(most, 2);
  t.deepEqual([there, back], [numbers, numbers]);
  t.is(time.events, 2 * MESSAGES);
});
