/** From two sides to their comparison: each side a group of runs with a report over them, the runs of both in turns. */
import { join } from 'node:path';
import '../../nodes/async-stack.ts';
import { ScenarioError } from '../../nodes/errors.ts';
import type { Network } from '../../nodes/node.ts';
import { writeComparison } from '../../reports/comparison/write.ts';
import { type Chosen, chooseNetwork, type NetworkChoice } from '../choose-network.ts';
import { compare } from '../compare/compare.ts';
import type { Comparison } from '../compare/comparison.ts';
import { fewestRuns } from '../compare/mann-whitney.ts';
import { RULES } from '../compare/noisy.ts';
import { hostOf } from '../host.ts';
import { hasReport, makeGroupFolder } from '../out-folder.ts';
import { type PlannedGroup, type PlannedRun, plannedGroups } from '../planned-runs.ts';
import type { Progress } from '../progress.ts';
import { overridesOf, readScenarios } from '../read-scenarios.ts';
import { refuseWhatIsMissing, whyNotDocker } from '../refuse.ts';
import { run as runScenario, type World } from '../run.ts';
import { clearReport, isFinished, reportOver } from '../run-group.ts';
import { type Checkout, checkout } from './checkout.ts';
import { runElsewhere } from './elsewhere.ts';
import { interleaved, timeLeft } from './interleaved.ts';
import { askedAcross, type BenchSide, labelOf } from './side.ts';

export interface BenchRequest {
  readonly file: string;
  readonly base: BenchSide;
  readonly head: BenchSide;
  /** Runs a side. */
  readonly n: number;
  readonly network: NetworkChoice;
  readonly set: readonly string[];
  readonly seed: string | undefined;
  readonly level: number | undefined;
  readonly margin: number | undefined;
  readonly resume: boolean;
  /** The folder, by the scenario's name. */
  readonly out: (name: string) => string;
  readonly command: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Called with what a run ended with, as soon as it has. */
  readonly tell: (error: unknown) => void;
}

export interface BenchResult {
  readonly comparison: Comparison;
  readonly folder: string;
  /** What single runs ended with. */
  readonly errors: readonly unknown[];
}

/** Throws ScenarioError, InfrastructureError, or the signal's reason: then what was run stays in the folder for --resume. */
export async function runBench(request: BenchRequest, world: World): Promise<BenchResult> {
  const { base, head, n, progress, signal } = request;
  const host = hostOf(request.command, world);
  const groups = { base: await groupOf(base, 'base', request), head: await groupOf(head, 'head', request) };
  const { name } = groups.head.scenario.plan;
  const folder = request.out(name);
  const chosen = await chooseNetwork(request.network, world.dockerReady, { signal }, whyNotDocker(groups.head.scenario));
  progress.line(`network: ${chosen.kind}: ${chosen.reason}`);
  for (const { runs } of Object.values(groups))
    for (const { scenario } of runs) refuseWhatIsMissing(scenario, chosen.kind, { keep: false });
  const fewest = fewestRuns(request.level ?? RULES.level);
  if (chosen.kind === 'docker' && n < fewest) progress.line(`with fewer than ${fewest} runs a side nothing that varies can be judged`);
  await makeGroupFolder(folder, request.resume);
  for (const { out } of Object.values(groups)) await makeGroupFolder(out, true);
  await using sides = await prepare(request);
  const errors = await runAll(groups, { request, chosen, sides, world });
  signal.throwIfAborted();
  const reports = {
    base: await reportOver(groups.base, host(), signal),
    head: await reportOver(groups.head, host(), signal),
  };
  for (const side of ['base', 'head'] as const) await world.writeReport({ report: reports[side], samples: [] }, groups[side].out);
  const comparison = compare(reports.base, reports.head, {
    across: askedAcross(base, head),
    labels: { base: labelOf(base), head: labelOf(head) },
    margin: request.margin,
    rules: request.level === undefined ? {} : { level: request.level },
    same: labelOf(base) === labelOf(head),
  });
  await writeComparison(comparison, folder);
  return { comparison, folder, errors };
}

async function groupOf(side: BenchSide, name: 'base' | 'head', { file, set, seed, n, out }: BenchRequest): Promise<PlannedGroup> {
  const image = side.kind === 'image' && side.name !== 'auto' ? [`nodes.image=${JSON.stringify(side.name)}`] : [];
  const [scenario] = await readScenarios([file], overridesOf({ set: [...set, ...image], seed }));
  const { plan, cells } = scenario!;
  if (side.kind === 'git' && cells.length > 1)
    throw new ScenarioError(`${file}: another revision runs one scenario at a time, and this one has a matrix of ${cells.length}`, {
      hint: '--set matrix={} leaves it away',
    });
  const [group] = plannedGroups([scenario!], { out: join(out(plan.name), name), repeat: n, now: new Date(0) });
  // A folder of its own even for one run.
  return n * cells.length > 1 ? group! : { ...group!, runs: group!.runs.map((run) => ({ ...run, out: join(group!.out, '1') })) };
}

interface Sides extends AsyncDisposable {
  readonly base: Checkout | null;
  readonly head: Checkout | null;
}

async function prepare({ base, head, progress, signal }: BenchRequest): Promise<Sides> {
  await using stack = new AsyncDisposableStack();
  const one = async (side: BenchSide): Promise<Checkout | null> => {
    if (side.kind === 'image') return null;
    const there = stack.use(await checkout(side.ref, signal));
    progress.line(`${labelOf(side)}: ${there.commit.slice(0, 12)}`);
    return there;
  };
  const found = { base: await one(base), head: await one(head) };
  const owned = stack.move();
  return { ...found, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

interface Surroundings {
  readonly request: BenchRequest;
  readonly chosen: Chosen;
  readonly sides: Sides;
  readonly world: World;
}

async function runAll(groups: Readonly<Record<'base' | 'head', PlannedGroup>>, around: Surroundings): Promise<unknown[]> {
  const { request, chosen, sides, world } = around;
  const { progress, signal, resume, tell } = request;
  const turns = interleaved(groups.base.runs, groups.head.runs);
  const errors: unknown[] = [];
  let tookMs = 0;
  let ended = 0;
  for (const [index, { side, run }] of turns.entries()) {
    signal.throwIfAborted();
    // Another revision writes plans of its own shape: there the report being in its folder must do.
    if (resume && (await (sides[side] === null ? isFinished(run, chosen.kind) : hasReport(run.out)))) continue;
    await clearReport(run);
    const left = timeLeft(ended, turns.length - (index - ended), tookMs);
    progress.line(`── ${index + 1} of ${turns.length}: ${side}, ${labelOf(request[side])}, seed ${run.scenario.plan.seed}${left}`);
    const startedMs = world.now();
    const error = await runOne(run, sides[side], chosen.kind, around);
    tookMs += world.now() - startedMs;
    ended += 1;
    if (error === null || signal.aborted) continue;
    tell(error);
    errors.push(error);
  }
  return errors;
}

async function runOne(
  run: PlannedRun,
  there: Checkout | null,
  kind: Network['kind'],
  { request, chosen, world }: Surroundings,
): Promise<unknown> {
  const { set, signal, command, progress, network } = request;
  if (there !== null) return runElsewhere(run, { checkout: there.folder, kind, settings: set, signal }).catch((error: unknown) => error);
  return runScenario(run.scenario, { network, chosen, out: run.out, keep: false, command, progress, signal }, world).then(
    ({ error }) => error,
    (error: unknown) => error,
  );
}
