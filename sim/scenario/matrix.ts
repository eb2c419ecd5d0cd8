/** `matrix:`: axes of values, and every combination of them as a scenario of its own. An axis is a path as `--set` takes it. */
import type { Complaints } from './complaints.ts';
import type { AxisPlan, Plan } from './plan.ts';
import { readSetting } from './setting.ts';

/** A run takes seconds to minutes, and every one has its folder. */
const CELLS_MAX = 1_000;
const KEPT_KEYS = ['name', 'seed', 'matrix', 'thresholds', 'headline', 'question'];

export interface Axis extends AxisPlan {
  /** As written, in the order of `values`. */
  readonly written: readonly unknown[];
}

/** Axis → value, as texts. */
export type Cell = Readonly<Record<string, string>>;

export interface CellSettings {
  readonly cell: Cell;
  /** As `--set` takes them, each with the place of its value in the list of its axis. */
  readonly settings: readonly { readonly axis: string; readonly setting: string; readonly index: number }[];
}

export function planMatrix(written: Readonly<Record<string, readonly unknown[]>>, complaints: Complaints): Axis[] {
  const axes = Object.entries(written).map(([axis, values]): Axis => {
    const setting = readSetting(`${axis}=`);
    const wrong = (text: string, path: readonly (string | number)[] = []) =>
      complaints.about(['matrix', axis, ...path], text, path.length === 0 ? 'key' : 'value');
    if ('problem' in setting) wrong('expected a path such as nodes.commitInterval or workloads[0].count');
    else if (setting.path[0] === 'topology' && setting.path[1] === 'import') wrong('the graph is read once for all runs of a file');
    else if (KEPT_KEYS.includes(String(setting.path[0]))) wrong(`${String(setting.path[0])} is the same for all runs of a file`);
    const texts = values.map(textOf);
    texts.forEach((text, index) => {
      if (texts.indexOf(text) < index) wrong(`${text} stands on this axis already`, [index]);
    });
    return { axis, values: texts, written: values };
  });
  const cells = axes.reduce((product, { values }) => product * values.length, 1);
  if (cells > CELLS_MAX) complaints.about(['matrix'], `makes ${cells} runs: expected at most ${CELLS_MAX}`);
  return axes;
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);
}

/** Every combination, the last axis changing fastest; without axes one that sets nothing. */
export function cellsOf(axes: readonly Axis[]): CellSettings[] {
  return axes.reduce<CellSettings[]>(
    (cells, { axis, values, written }) =>
      cells.flatMap(({ cell, settings }) =>
        values.map((value, index) => ({
          cell: { ...cell, [axis]: value },
          settings: [...settings, { axis, setting: `${axis}=${JSON.stringify(written[index])}`, index }],
        })),
      ),
    [{ cell: {}, settings: [] }],
  );
}

/** What of a plan holds for one cell: tags that name an axis choose cells, and no metric of a single run has them. */
export function planOfCell(plan: Plan, cell: Cell): Plan {
  const { matrix: _, headline, ...rest } = plan;
  return { ...rest, thresholds: ofCell(plan.thresholds, cell), ...(headline && { headline: ofCell(headline, cell) }) };
}

function ofCell<T extends { readonly tags: Readonly<Record<string, string>> }>(entries: readonly T[], cell: Cell): T[] {
  return entries
    .filter(({ tags }) => Object.entries(cell).every(([axis, value]) => tags[axis] === undefined || tags[axis] === value))
    .map((entry) => ({ ...entry, tags: Object.fromEntries(Object.entries(entry.tags).filter(([tag]) => !Object.hasOwn(cell, tag))) }));
}
