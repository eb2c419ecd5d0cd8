/** What a person reads when a command fails: what happened, what to try, and where to look deeper. */
import { type ExitCode, InterruptedError, LeydenError, ScenarioError } from '../nodes/errors.ts';

const CAUSES_MAX = 10;

export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof LeydenError ? error.exitCode : 1;
}

/** Lines without a final newline. A LeydenError never shows a stack unless `verbose`; anything else is our bug and does. */
export function errorText(error: unknown, verbose: boolean): string {
  if (!(error instanceof LeydenError)) {
    const what = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
    return `${what}${causes(error, true)}\nThis is our bug: please report it with the lines above.`;
  }
  // What opens with its place is left as editors and CI know it: file:line:column: text.
  const placed = error instanceof ScenarioError && /^\S+: /u.test(error.message);
  const bare = placed || error instanceof InterruptedError;
  const lines = [bare ? error.message : `error: ${error.message}`];
  if (error.hint !== undefined) lines.push(`  try: ${error.hint}`);
  if (verbose) lines.push(error.stack ?? '');
  else if (error.cause !== undefined) lines.push('  (--verbose shows the cause)');
  return lines.join('\n') + (verbose ? causes(error, true) : '');
}

function causes(error: unknown, withStack: boolean): string {
  let text = '';
  let at: unknown = error;
  for (let depth = 0; depth < CAUSES_MAX && at instanceof Error && at.cause !== undefined; depth++) {
    at = at.cause;
    text += `\ncaused by: ${at instanceof Error ? (withStack && at.stack) || at.message : String(at)}`;
  }
  return text;
}
