/**
 * Costs with which the model, asked the same questions as the real probe networks, gives the figures that they gave: Levenberg and
 * Marquardt's least squares over the logarithms of costs and figures, so that a factor counts the same either way. The questions are
 * those of run-probes.ts alone; no scenario has a say.
 */
import type { Costs } from '../../nodes/simulated/costs.ts';
import type { Figures } from './probes.ts';

/** Costs that move together: from outside nobody can tell the parts of a group from one another, so their proportions stay. */
export const GROUPS: Readonly<Record<string, readonly (keyof Costs)[]>> = {
  payment: ['paymentStartCpuUs', 'paymentOnionCpuUs', 'paymentEndCpuUs'],
  invoice: ['invoiceCpuUs'],
  htlc: ['htlcOfferCpuUs', 'htlcAcceptCpuUs', 'htlcSettleCpuUs'],
  forward: ['htlcForwardCpuUs'],
  round: ['commitSignCpuUs', 'commitVerifyCpuUs', 'revokeCpuUs'],
  state: ['stateCpuUsPerHtlc'],
  transaction: ['dbCommitCpuUs'],
  disk: ['dbCommitUs'],
  records: ['wireRecordCpuUsPerByte'],
  stateBytes: ['dbCpuUsPerByte', 'dbUsPerByte'],
  aside: ['asideShare'],
  peer: ['peerMessageCpuUs'],
  peerBytes: ['peerMessageCpuUsPerByte', 'asideCpuUsPerByte'],
  onionSend: ['onionSendCpuUs'],
  onion: ['onionPeelCpuUs'],
  onionEnd: ['onionDeliverCpuUs'],
  onionBytes: ['onionPeelCpuUsPerByte'],
};

/** How far a cost may move in one round, and in all, as a factor. */
const STEP_MAX = 3;
const RANGE = 30;
const ROUNDS = 6;
const PROBE_STEP = 0.15;
const DAMPING = { start: 0.05, up: 4, down: 0.4 };
/** A cost that no figure tells anything about stays where it was. */
const PRIOR = 0.05;
const SHARE_MAX = 0.9;

export interface FitResult {
  readonly costs: Costs;
  /** Root mean square of the logarithms of simulated ÷ real: 0.1 is about 10 %. */
  readonly error: number;
}

/** @param weightOf 0: a figure that is not fitted to. @param simulate the model's figures with these costs. */
export async function fitted(
  start: Costs,
  measured: Figures,
  weightOf: (figure: string) => number,
  simulate: (costs: Costs) => Promise<Figures>,
  progress: (line: string) => void,
): Promise<FitResult> {
  const names = Object.keys(measured).filter((name) => weightOf(name) > 0 && measured[name]! > 0);
  const groups = Object.keys(GROUPS);
  const residuals = async (x: readonly number[]): Promise<number[]> => {
    const figures = await simulate(costsAt(start, groups, x));
    const own = names.map((name) => weightOf(name) * Math.log(Math.max(figures[name] ?? 0, 1e-6) / measured[name]!));
    return [...own, ...x.map((moved) => PRIOR * moved)];
  };
  let x = groups.map(() => 0);
  let at = await residuals(x);
  let damping = DAMPING.start;
  for (let round = 1; round <= ROUNDS; round++) {
    const columns: number[][] = [];
    for (const index of groups.keys()) {
      const moved = await residuals(x.map((value, i) => (i === index ? value + PROBE_STEP : value)));
      columns.push(moved.map((value, row) => (value - at[row]!) / PROBE_STEP));
    }
    for (let tries = 0; tries < 4; tries++) {
      const step = solveDamped(columns, at, damping);
      const tried = x.map((value, i) => bounded(value + bounded(step[i]!, Math.log(STEP_MAX)), Math.log(RANGE)));
      const there = await residuals(tried);
      if (square(there) < square(at)) {
        x = tried;
        at = there;
        damping *= DAMPING.down;
        break;
      }
      damping *= DAMPING.up;
    }
    progress(`fit, round ${round} of ${ROUNDS}: ${percent(at, names.length)} off on average`);
  }
  return { costs: rounded(costsAt(start, groups, x)), error: Math.sqrt(square(at.slice(0, names.length)) / names.length) };
}

function percent(residuals: readonly number[], count: number): string {
  return `${(100 * Math.sqrt(square(residuals.slice(0, count)) / count)).toFixed(0)} %`;
}

function costsAt(start: Costs, groups: readonly string[], x: readonly number[]): Costs {
  const costs: Record<string, number> = { ...start };
  for (const [index, group] of groups.entries()) {
    for (const key of GROUPS[group]!) costs[key] = start[key] * Math.exp(x[index]!);
  }
  return { ...(costs as unknown as Costs), asideShare: Math.min(SHARE_MAX, costs.asideShare!) };
}

/** Four digits: a profile is read by people, and no measurement knows more. */
function rounded(costs: Costs): Costs {
  return Object.fromEntries(Object.entries(costs).map(([key, value]) => [key, Number(value.toPrecision(4))])) as unknown as Costs;
}

/** (JᵀJ + λ diag JᵀJ) step = −Jᵀr, by Gauss and Jordan's elimination with pivots; J by its columns. */
export function solveDamped(columns: readonly (readonly number[])[], residuals: readonly number[], damping: number): number[] {
  const size = columns.length;
  const rows = columns.map((column, i) => [
    ...columns.map((other, j) => dot(column, other) * (i === j ? 1 + damping : 1)),
    -dot(column, residuals),
  ]);
  for (let pivot = 0; pivot < size; pivot++) {
    const best = rows
      .slice(pivot)
      .reduce((found, row, i) => (Math.abs(row[pivot]!) > Math.abs(rows[found]![pivot]!) ? pivot + i : found), pivot);
    [rows[pivot], rows[best]] = [rows[best]!, rows[pivot]!];
    const divisor = rows[pivot]![pivot]!;
    if (Math.abs(divisor) < 1e-12) continue;
    rows[pivot] = rows[pivot]!.map((value) => value / divisor);
    for (let row = 0; row < size; row++) {
      if (row === pivot) continue;
      const factor = rows[row]![pivot]!;
      rows[row] = rows[row]!.map((value, i) => value - factor * rows[pivot]![i]!);
    }
  }
  return rows.map((row) => row[size]!);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

function square(values: readonly number[]): number {
  return dot(values, values);
}

function bounded(value: number, most: number): number {
  return Math.max(-most, Math.min(most, value));
}
