/** Several runs, one exit code. */
import { type ExitCode, LeydenError } from '../nodes/errors.ts';
import { exitCodeOf } from './error-text.ts';

/** The first of these that any run ended with. An interruption ends all, so it comes before. */
const WORST_FIRST: readonly ExitCode[] = [105, 1, 2, 102, 104, 98, 97, 99];

/** Each run's own error was printed when it ended. */
export class RunsFailedError extends LeydenError {
  readonly exitCode: ExitCode;

  constructor(errors: readonly unknown[], runs: number) {
    super(`${errors.length} of ${runs} runs did not end well`);
    this.exitCode = worst(errors.map(exitCodeOf));
  }
}

export function worst(codes: readonly ExitCode[]): ExitCode {
  return WORST_FIRST.find((code) => codes.includes(code)) ?? 0;
}
