import test from 'ava';
import { InfrastructureError, InterruptedError } from '../../nodes/errors.ts';
import type { Step } from './doubling.ts';
import { nodes } from './nodes.ts';

test('a network that does not come up is a figure too: what broke, and the last phase that ended', async (t) => {
  const told: Step[] = [];
  const { signal } = new AbortController();
  const end = await nodes(undefined, { signal, tell: (step) => void told.push(step) }, async (_plan, { progress }) => {
    progress?.('cleaned');
    progress?.('16 of 50 LNDs answer');
    throw new InfrastructureError('n17 ended by itself');
  });
  const broke = 'InfrastructureError: n17 ended by itself';
  t.deepEqual(told, [{ nodes: 50, broke, phase: '16 of 50 LNDs answer' }]);
  t.deepEqual(end, { held: null, brokeAt: 50, broke });
});

test('what docker refuses by name is not tried', async (t) => {
  const { signal } = new AbortController();
  const end = await nodes(201, { signal, tell: () => {} }, async () => t.fail() as never);
  t.deepEqual(end, { held: null, brokeAt: 201, broke: '201 nodes: the docker network takes at most 200' });
});

test('an interruption is no figure', async (t) => {
  const stop = new AbortController();
  const reason = new InterruptedError('interrupted by SIGINT');
  const opening = nodes(50, { signal: stop.signal, tell: () => t.fail() }, async () => {
    stop.abort(reason);
    throw new InfrastructureError('the engine hung up');
  });
  await t.throwsAsync(opening, { is: reason });
});
