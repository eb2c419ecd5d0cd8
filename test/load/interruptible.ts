/**
 * A program that brings a network up: SIGINT and SIGTERM end what it waits for, so that its `await using` takes the network down, and it
 * exits as `sim` does. Signals are heard by sim/interruption.ts.
 */
import { errorText, exitCodeOf } from '../../sim/error-text.ts';
import { interrupted, listen } from '../../sim/interruption.ts';

/** As in cli.ts: what still holds the process open after its work is done is not the user's to wait for. */
const LINGER_MS = 2_000;

export async function interruptible(program: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const tell = (line: string) => void process.stderr.write(`${line}\n`);
  listen(tell);
  try {
    await program(interrupted);
    interrupted.throwIfAborted();
  } catch (error) {
    // Whatever fails once it was told to stop fails because of that.
    const why: unknown = interrupted.aborted ? interrupted.reason : error;
    tell(errorText(why, !interrupted.aborted));
    process.exitCode = exitCodeOf(why);
  }
  setTimeout(() => process.exit(), LINGER_MS).unref();
}
