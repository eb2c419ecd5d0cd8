import test from 'ava';
import { InfrastructureError, InterruptedError } from '../../nodes/errors.ts';
import { nodes } from './nodes.ts';

test('a network that does not come up is a figure too: what broke, and the last phase that ended', async (t) => {
  const figures = await nodes(50, new AbortController().signal, async (_plan, { progress }) => {
    progress?.('cleaned');
    progress?.('16 of 50 LNDs answer');
    throw new InfrastructureError('n17 ended by itself');
  });
  t.deepEqual(figures, { nodes: 50, broke: 'InfrastructureError: n17 ended by itself', phase: '16 of 50 LNDs answer' });
});

test('an interruption is no figure', async (t) => {
  const stop = new AbortController();
  const reason = new InterruptedError('interrupted by SIGINT');
  const opening = nodes(50, stop.signal, async () => {
    stop.abort(reason);
    throw new InfrastructureError('the engine hung up');
  });
  await t.throwsAsync(opening, { is: reason });
});
