/** `path=value` as `--set` takes it: `seed=7`, `workloads[3].bytes=1 MiB`, `thresholds."a{b=c}"=value > 1`. */

export type Path = readonly (string | number)[];

export type Setting = { readonly path: Path; readonly value: string } | { readonly problem: string };

const EXPECTED = 'expected path=value, such as seed=7 or workloads[0].count=50';

/** A word may hold `{…}`, as names of thresholds do; anything else that is special stands in double quotes. */
const STEP = /(?:^|\.)(?:"([^"]*)"|((?:[^.[\]="{]|\{[^}]*\})+))|\[(\d{1,9})\]/uy;

export function readSetting(text: string): Setting {
  const path: (string | number)[] = [];
  STEP.lastIndex = 0;
  for (;;) {
    const at = STEP.lastIndex;
    const step = STEP.exec(text);
    if (step === null) {
      if (path.length === 0 || text[at] !== '=') return { problem: EXPECTED };
      return { path, value: text.slice(at + 1) };
    }
    const [, quoted, word, index] = step;
    path.push(index === undefined ? (quoted ?? word)! : Number(index));
  }
}

/** As readSetting takes it, and as messages name a value: `workloads[3].bytes`. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += `${text === '' ? '' : '.'}${/^[^.[\]="{]+$/u.test(String(step)) ? String(step) : `"${String(step)}"`}`;
  }
  return text;
}
