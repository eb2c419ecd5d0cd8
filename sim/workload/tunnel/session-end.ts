/** Why a transfer broke off: who speaks HTTP through a session sees a connection that closed, and the session knows the reason. */
import { DeadlineError, LeydenError, SessionError, WorkloadError } from '../../../nodes/errors.ts';
import type { RelaySession } from '../../../nodes/node.ts';
import { within } from '../wait.ts';
import type { WorkloadContext } from '../workload.ts';

/** One that lives answers a ping, or is too busy to: then the connection alone broke. */
const ANSWER_MS = 20_000;

/** The named error that the session ended with, the broken exchange as its cause; `error` itself where the session goes on, or is not to blame. */
export async function sessionEnd(
  session: Pick<RelaySession, 'ended' | 'ping'>,
  error: unknown,
  { network: { clock }, signal }: Pick<WorkloadContext, 'network' | 'signal'>,
): Promise<unknown> {
  // Of WorkloadErrors only a broken connection has a cause: bytes that differ are what they are, whatever became of the session.
  if (signal.aborted || !(error instanceof WorkloadError) || error.cause === undefined) return error;
  const what = 'the session to say whether it goes on';
  const ended =
    session.ended ??
    (await within(clock, { what, ms: ANSWER_MS, signal }, (waiting) => session.ping({ signal: waiting })).then(
      () => null,
      (reason: unknown) => reason,
    ));
  if (!(ended instanceof LeydenError) || ended instanceof DeadlineError) return error;
  if (!(ended instanceof SessionError)) return ended;
  const hint = ended.hint === undefined ? {} : { hint: ended.hint };
  return new SessionError(`${error.message}: every byte was expected, but ${ended.message}`, { cause: error, ...hint });
}
