/** What pulling and building tell whoever waits. */
export interface Progress {
  /** A line that stays. */
  line(text: string): void;
  /** What is going on at this moment; the next call replaces it. */
  now(text: string): void;
}

export const SILENT: Progress = { line() {}, now() {} };

/** Where there is no terminal, `now` becomes a line at most this often, so that a log shows life and stays short. */
const QUIET_MS = 30_000;
const CLEAR_LINE = '\r\u001b[K';

export interface TextOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** Progress as text. `nowMs` is any clock. */
export function textProgress(output: TextOutput, nowMs: () => number): Progress {
  let saidMs = nowMs();
  const clear = output.isTTY ? CLEAR_LINE : '';
  return {
    line(text) {
      saidMs = nowMs();
      output.write(`${clear}${clean(text)}\n`);
    },
    now(text) {
      if (output.isTTY) output.write(`${CLEAR_LINE}${clean(text).slice(0, (output.columns ?? 80) - 1)}`);
      else if (nowMs() - saidMs >= QUIET_MS) this.line(text);
    },
  };
}

/** Output of packages and registries may not move the cursor; a message of several lines may have them. */
function clean(text: string): string {
  return text.replace(/(?!\n)\p{Cc}/gu, ' ');
}
