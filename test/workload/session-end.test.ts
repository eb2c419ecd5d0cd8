/** What a transfer through a tunnel is said to have ended with. */
import test from 'ava';
import { InfrastructureError, SessionError, WorkloadError } from '../../nodes/errors.ts';
import type { Network, RelaySession } from '../../nodes/node.ts';
import { sessionEnd } from '../../sim/workload/tunnel/session-end.ts';
import { VirtualClock } from '../relay/virtual-clock.ts';

const broke = new WorkloadError('GET /bytes/10 through the tunnel failed: aborted', { cause: new Error('aborted') });
const forgotten = new SessionError('the exit no longer knows this session', { hint: 'open another one' });

const told = (session: Partial<RelaySession>, error: unknown, signal = new AbortController().signal): Promise<unknown> => {
  const clock = new VirtualClock();
  const network = { clock } as Partial<Network> as Network;
  return clock.run(sessionEnd({ ping: () => Promise.resolve(1), ...session }, error, { network, signal }));
};

test('a connection that broke because its session ended is told by the session’s name, with what was expected and what to try', async (t) => {
  for (const session of [{ ping: () => Promise.reject(forgotten) }, { ended: forgotten }]) {
    const error = (await told(session, broke)) as SessionError;
    t.true(error instanceof SessionError);
    t.is(error.message, `${broke.message}: every byte was expected, but ${forgotten.message}`);
    t.is(error.hint, forgotten.hint);
    t.is(error.cause, broke);
  }
});

test('a relay that does not answer any more is what ended its transfers', async (t) => {
  const gone = new InfrastructureError('the relay beside n0 does not answer');
  t.is(await told({ ping: () => Promise.reject(gone) }, broke), gone);
});

test('where the session goes on, or says nothing in time, the connection alone broke', async (t) => {
  t.is(await told({}, broke), broke);
  const silent = ({ signal }: { signal?: AbortSignal } = {}) =>
    new Promise<number>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
  t.is(await told({ ping: silent as RelaySession['ping'] }, broke), broke);
});

test('bytes that differ stay bytes that differ, whatever became of the session', async (t) => {
  const differ = new WorkloadError('the bytes that came through the tunnel are not those that shop sent');
  t.is(await told({ ended: forgotten }, differ), differ);
});

test('whoever interrupts is told so', async (t) => {
  const stop = new AbortController();
  stop.abort(new Error('stop'));
  t.is(await told({ ended: forgotten }, broke, stop.signal), broke);
});
