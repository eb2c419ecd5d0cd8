/**
 * A run as it happens, one JSON value a line (`--json-stream`). Each has a `type`; reports/README.md says what each holds. Types and keys may be
 * added: a reader passes over what it does not know.
 */
import { exitCodeOf } from './error-text.ts';
import type { Progress } from './progress.ts';
import type { Finished } from './run.ts';

export interface Stream extends Progress {
  began(run: { readonly scenario: string; readonly file: string; readonly seed: number; readonly out: string }): void;
  finished(finished: Finished): void;
  failed(error: unknown): void;
}

/** A step that counts up says so this often. */
const STEP_MS = 200;

/** `write` gets whole lines; `nowMs` is any clock that goes on by itself. */
export function jsonStream(write: (line: string) => void, nowMs: () => number): Stream {
  let markMs = nowMs();
  let saidMs = Number.NEGATIVE_INFINITY;
  let step = '';
  const startMs = markMs;
  const say = (type: string, values: object): void => write(`${JSON.stringify({ type, ...values })}\n`);
  const elapsed = () => Math.round(nowMs() - startMs);
  return {
    began: (run) => say('run', { schema: 'leyden.stream/1', ...run }),
    line: (text) => say('text', { text }),
    ended: (name) => {
      say('phase', { name, ms: Math.round(nowMs() - markMs) });
      markMs = nowMs();
    },
    now: (text) => {
      const name = text.split(':')[0]!;
      if (name === step && nowMs() - saidMs < STEP_MS) return;
      [step, saidMs] = [name, nowMs()];
      say('step', { text, elapsed_ms: elapsed() });
    },
    stop: () => {},
    watch: {
      network: ({ kind, reason }) => say('network', { kind, reason }),
      workload: (kind, index, count) => say('workload', { kind, index, count, elapsed_ms: elapsed() }),
      sample: ({ metric, tags, atMs, value }) => say('sample', { metric, tags, at_ms: atMs, value }),
    },
    finished: ({ findings: { report }, folder, error }) => {
      for (const metric of report.metrics) say('metric', metric);
      for (const threshold of report.thresholds) say('threshold', threshold);
      for (const text of report.warnings) say('warning', { text });
      say('end', { report: folder, ended: report.ended, exit_code: error === null ? 0 : exitCodeOf(error), elapsed_ms: elapsed() });
    },
    failed: (error) => {
      const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
      say('error', { error: name, message, exit_code: exitCodeOf(error), elapsed_ms: elapsed() });
    },
  };
}

/** Both are told everything. */
export function together(one: Progress, other: Progress): Progress {
  return {
    line: (text) => each((progress) => progress.line(text)),
    ended: (step) => each((progress) => progress.ended(step)),
    now: (text) => each((progress) => progress.now(text)),
    stop: () => each((progress) => progress.stop()),
    watch: {
      network: (chosen) => each(({ watch }) => watch?.network?.(chosen)),
      lastTime: (ms) => each(({ watch }) => watch?.lastTime?.(ms)),
      workload: (...place) => each(({ watch }) => watch?.workload?.(...place)),
      moved: (...arrived) => each(({ watch }) => watch?.moved?.(...arrived)),
      sample: (sample) => each(({ watch }) => watch?.sample?.(sample)),
    },
  };

  function each(tell: (progress: Progress) => void): void {
    tell(one);
    tell(other);
  }
}
