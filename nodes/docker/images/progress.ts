/** What pulling and building tell whoever waits. */
export interface Progress {
  /** A line that stays. */
  line(text: string): void;
  /** What is going on at this moment; the next call replaces it. Dropped where there is no terminal. */
  now(text: string): void;
}

export const SILENT: Progress = { line() {}, now() {} };
