import { quantity } from '../reports/format.ts';
import type { Chosen } from './choose-network.ts';
import type { Sample } from './measure/report.ts';
import { estimateMs, Rate } from './pace.ts';

/** What a run says while it runs: a line per phase and per step of a workload; on a terminal one live line below them. */

export interface Progress {
  /** A line that stays. */
  line(text: string): void;
  /** A step that has just ended, with the time since the one before. */
  ended(step: string): void;
  /** What goes on now. What stands before a colon names the step, what follows it changes: `payment, 3 hops: 7 of 20`. */
  now(text: string): void;
  /** The last step is over too, and nothing live is left on the screen. */
  stop(): void;
  /** What those who want to know more are told. */
  readonly watch?: Watch;
}

/** The run from closer by: where it stands among its workloads, and what it measures as it does. */
export interface Watch {
  network?(chosen: Chosen): void;
  /** What a run like this took the last time, in ms. */
  lastTime?(ms: number): void;
  /** The next workload of the plan, counted from 1. */
  workload?(kind: string, index: number, count: number): void;
  /** So many bytes have arrived, at that time of the network's clock. */
  moved?(bytes: number, atMs: number): void;
  sample?(sample: Sample): void;
}

export interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

const REFRESH_MS = 1_000;
/** Where there is no terminal, a step that lasts says so this often. */
const LIFE_SIGN_MS = 30_000;
const CLEAR_LINE = '\r\u001b[K';
const COLUMNS_DEFAULT = 80;
const STEP_WIDTH = 58;

export const SILENT: Progress = { line() {}, ended() {}, now() {}, stop() {} };

/** `nowMs` is any clock that goes on by itself. */
export function textProgress(screen: Screen, nowMs: () => number): Progress {
  const live = screen.isTTY === true;
  let markMs = nowMs();
  let saidMs = markMs;
  let step: string | null = null;
  let text = '';
  let place = '';
  let lastMs: number | null = null;
  const startMs = markMs;
  const rate = new Rate();
  const seconds = (sinceMs: number) => `${((nowMs() - sinceMs) / 1_000).toFixed(1)} s`;
  const pace = () => {
    const left = estimateMs(text, nowMs() - markMs);
    const time = `${seconds(markMs)}${left === null ? '' : `, about ${quantity(left, 'ms')} left`}`;
    const bytesPerS = rate.bytesPerS();
    return [text, bytesPerS === null ? '' : quantity(bytesPerS, 'B/s'), time].filter(Boolean).join('  ');
  };
  const wholeSeconds = (ms: number) => quantity(Math.round(ms / 1_000) * 1_000, 'ms');
  const last = () => (lastMs === null ? '' : ` of ${wholeSeconds(lastMs)} the last time`);
  const whole = () => [place, `${wholeSeconds(nowMs() - startMs)} in all${last()}`].filter(Boolean).join(', ');
  const say = (line: string) => {
    saidMs = nowMs();
    screen.write(`${live ? CLEAR_LINE : ''}${line}\n`);
  };
  const draw = () => {
    const columns = (screen.columns ?? COLUMNS_DEFAULT) - 1;
    if (step !== null && live) screen.write(`${CLEAR_LINE}${fitted(`  ${pace()}`, ` · ${whole()}`, columns)}`);
    else if (step !== null && nowMs() - saidMs >= LIFE_SIGN_MS) say(`  … ${pace()} · ${whole()}`);
  };
  const end = (what: string) => {
    say(`  ${what.padEnd(STEP_WIDTH)} ${seconds(markMs).padStart(8)}`);
    markMs = nowMs();
    step = null;
  };
  const timer = setInterval(draw, REFRESH_MS);
  timer.unref();
  return {
    line: (line) => {
      say(clean(line));
      draw();
    },
    ended: (what) => end(clean(what)),
    now(next) {
      const name = clean(next.split(':')[0]!);
      if (step !== null && step !== name) end(step);
      if (step === null) {
        markMs = nowMs();
        rate.reset();
      }
      step = name;
      text = clean(next);
      if (live) draw();
    },
    stop() {
      clearInterval(timer);
      if (step !== null) end(step);
    },
    watch: {
      lastTime: (ms) => {
        lastMs = ms;
      },
      workload: (_, index, count) => {
        place = `workload ${index} of ${count}`;
      },
      moved: (bytes, atMs) => rate.moved(bytes, atMs),
    },
  };
}

/** What goes on now is worth more than the rest, which is left away where a screen is too narrow for both. */
function fitted(now: string, rest: string, columns: number): string {
  return now.length + rest.length <= columns ? now + rest : now.slice(0, columns);
}

/** Names come from files and networks: nothing of theirs may move the cursor. */
function clean(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}
