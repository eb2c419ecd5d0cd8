/** The one place that listens to signals. Everything that waits is given `interrupted`; nobody else asks the process. */
import { InterruptedError } from '../nodes/errors.ts';

const controller = new AbortController();

/** Aborts with an InterruptedError on SIGINT or SIGTERM, or with an error that nobody caught. */
export const interrupted: AbortSignal = controller.signal;

/** `npx` passes the terminal's Ctrl-C on, so that one press arrives twice: only a later signal is a second one. */
const SECOND_AFTER_MS = 1_000;
/** What is started must be gone within this time of the first signal, or we say that it is not. */
const STOP_MS_MAX = 90_000;
const PARENT_MS = 500;
const EXIT_INTERRUPTED = 105;
const EXIT_BUG = 1;

/** Called once, by whoever is the program: cli.ts, or a measuring program. */
export function listen(tell: (line: string) => void): void {
  let firstMs: number | null = null;
  const stop = (why: string) => {
    firstMs = performance.now();
    tell(`${why}: stopping, and removing what was started; once more stops at once`);
    setTimeout(() => atOnce(`not stopped within ${STOP_MS_MAX / 1_000} s`), STOP_MS_MAX).unref();
    controller.abort(new InterruptedError(`interrupted by ${why}`));
  };
  const atOnce = (why: string) => {
    tell(`${why}: containers, networks or volumes may be left; \`npx sim clean\` removes them`);
    process.exit(EXIT_INTERRUPTED);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    if (firstMs === null) stop(signal);
    else if (performance.now() - firstMs >= SECOND_AFTER_MS) atOnce('stopped at once');
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  if (process.env.npm_command !== undefined) watchParent(() => firstMs ?? stop('the end of npx'));
  // An error that escaped still ends in an orderly way: whoever holds a network disposes of it.
  process.on('uncaughtException', (error) => {
    if (controller.signal.aborted) {
      tell(`${error.stack ?? error}\nstopped at once: something may be left; \`npx sim clean\` removes it`);
      process.exit(EXIT_BUG);
    }
    controller.abort(error);
  });
}

/** `npx` that is killed takes its shell along and nobody else: we find out by whose child we are. */
function watchParent(onGone: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, PARENT_MS).unref();
}
