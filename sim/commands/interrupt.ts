/** Ctrl-C and SIGTERM as an AbortSignal, so that a command disposes what it started before it ends. A second one ends it at once. */
import { InterruptedError } from '../../nodes/errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Listens until disposed. The signal's reason is an InterruptedError. */
export function onInterrupt(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const abort = (name: NodeJS.Signals) => {
    controller.abort(new InterruptedError(`interrupted by ${name}`));
    stop();
  };
  const stop = () => {
    for (const name of SIGNALS) process.off(name, abort);
  };
  for (const name of SIGNALS) process.on(name, abort);
  return { signal: controller.signal, [Symbol.dispose]: stop };
}
