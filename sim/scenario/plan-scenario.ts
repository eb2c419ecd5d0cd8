/** All sections of a scenario to one plan: each parsed by itself, then held against the others. */
import type { z } from 'zod';
import type { NetworkPlan } from '../../nodes/plan.ts';
import type { Complaints } from './complaints.ts';
import { browsersAsked, dockerOnly, limitsDockerOnly } from './docker-only.ts';
import { controlledEdges, missingOn, planEvents } from './events-plan.ts';
import type { DescribedGraph } from './graph-file/described-graph.ts';
import { planHeadline } from './headline.ts';
import { planLinks, withControlledEdges } from './links-plan.ts';
import { type Axis, planMatrix } from './matrix.ts';
import type { Mistake } from './mistake.ts';
import { didYouMean } from './nearest.ts';
import { checkNames, planLimits, planNode, readNodes } from './nodes-plan.ts';
import type { Plan, ThresholdPlan, WorkloadPlan } from './plan.ts';
import { policy } from './policy-schema.ts';
import { planOrigins, planRelays } from './relay-plan.ts';
import { type Condition, sections, THRESHOLDS_MAX } from './schema.ts';
import { type Axes, planThreshold } from './threshold.ts';
import { Paths } from './topology/paths.ts';
import { planTopology, type TopologyPlan, type TopologySurroundings } from './topology/plan.ts';
import { ipTunnelsDockerOnly, planTunnelEnds } from './tunnel-ends.ts';
import { shown } from './units.ts';
import { planWorkload, type Surroundings } from './workload-plan.ts';
import { WORKLOAD_SCHEMAS, WORKLOADS_MAX } from './workload-schema.ts';
import { wedges, type Yield, yieldsOf } from './yields.ts';

export interface Planned {
  readonly plan: Plan;
  readonly matrix: readonly Axis[];
  readonly dockerOnly: readonly Mistake[];
  readonly simulatedOnly: readonly Mistake[];
}

/** Undefined where anything is wrong: then `complaints` has it all. */
export function planScenario(written: unknown, complaints: Complaints, graph?: DescribedGraph): Planned | undefined {
  const file = (written ?? {}) as Record<string, unknown>;
  const section = <K extends keyof typeof sections>(key: K): z.output<(typeof sections)[K]> | undefined =>
    complaints.parse(sections[key] as z.ZodType, file[key], [key]) as z.output<(typeof sections)[K]> | undefined;
  for (const key of Object.keys(file)) if (!Object.hasOwn(sections, key)) complaints.unknownKey([], key, Object.keys(sections));
  const head = { name: section('name'), question: section('question'), seed: section('seed'), timeLimitMs: section('timeLimit') };
  const built = planNetwork(file, section, { seed: head.seed ?? 1, graph }, complaints);
  const workloads = planWorkloads(file.workloads, built?.around, complaints);
  const tunnelEnds = planTunnelEnds(workloads ?? [], complaints);
  const eventsWritten = section('events') ?? [];
  const events =
    built === undefined
      ? []
      : planEvents(eventsWritten, { network: built.network, workloads: workloads?.length ?? WORKLOADS_MAX, complaints });
  // What is cut or degraded must have something in it that can be: on docker the link proxy.
  const links = withControlledEdges(built?.network.links ?? [], controlledEdges(events), built?.network.channels ?? []);
  const linked = links.length > 0;
  const matrix = planMatrix(section('matrix') ?? {}, complaints);
  const axes: Axes = Object.fromEntries(matrix.map(({ axis, values }) => [axis, values]));
  const yields =
    workloads === undefined ? undefined : yieldsOf(workloads, events, linked).map((one) => ({ ...one, tags: { ...one.tags, ...axes } }));
  const thresholds = planThresholds(section('thresholds') ?? {}, yields, axes, complaints);
  const headlines = section('headline');
  const headline = headlines === undefined ? undefined : planHeadline(headlines, yields, axes, complaints);
  if (complaints.mistakes.length > 0 || built === undefined || workloads === undefined) return undefined;
  const { name, question, seed, timeLimitMs } = head as { [K in keyof typeof head]: NonNullable<(typeof head)[K]> };
  const network: NetworkPlan = { name, seed, ...built.network, ...(tunnelEnds.length > 0 && { tunnelEnds }), ...(linked && { links }) };
  return {
    plan: {
      ...{ name, question, seed, timeLimitMs, network, workloads, ...(events.length > 0 && { events }), thresholds },
      ...(headline !== undefined && { headline }),
      ...(matrix.length > 0 && { matrix: matrix.map(({ axis, values }) => ({ axis, values })) }),
      ...(built.notes.length > 0 && { notes: built.notes }),
    },
    matrix,
    simulatedOnly: missingOn('docker', events, complaints),
    dockerOnly: [
      ...built.dockerOnly,
      ...ipTunnelsDockerOnly(workloads, complaints),
      ...browsersAsked(workloads, complaints),
      ...missingOn('simulated', events, complaints),
    ],
  };
}

type Section = <K extends keyof typeof sections>(key: K) => z.output<(typeof sections)[K]> | undefined;

interface Built {
  readonly network: Omit<NetworkPlan, 'name' | 'seed'>;
  readonly notes: readonly string[];
  readonly around: Surroundings;
  readonly dockerOnly: readonly Mistake[];
}

function planNetwork(
  file: Record<string, unknown>,
  section: Section,
  around: TopologySurroundings,
  complaints: Complaints,
): Built | undefined {
  const nodes = readNodes(file.nodes, complaints);
  const policies = complaints.parse(policy, file.policy ?? {}, ['policy']);
  const written = section('topology');
  const originsWritten = section('origins') ?? {};
  const relay = section('relay');
  const bitcoind = section('bitcoind');
  const topology = written === undefined ? undefined : planTopology(written, policies ?? policy.parse({}), around, complaints);
  if (topology === undefined) return undefined;
  const { names, channels } = topology;
  const links = planLinks(file.links, channels, complaints);
  const paths = new Paths(names, channels);
  if (!topology.whole) checkWhole(topology, paths, complaints);
  if (nodes !== undefined) checkNames(nodes, names, complaints);
  const origins = planOrigins(originsWritten, names, complaints);
  const relays = planRelays(relay, names, origins, complaints);
  const plans = nodes === undefined ? [] : names.map((name) => planNode(name, nodes, relays.get(name) ?? null, complaints));
  const allowed = new Map([...relays].map(([name, { allow }]) => [name, allow]));
  const terms = new Map([...relays].flatMap(([name, relay]) => (relay.terms === undefined ? [] : [[name, relay.terms] as const])));
  return {
    network: { nodes: plans, channels, origins, ...(links.length > 0 && { links }), ...(bitcoind && { bitcoind: planLimits(bitcoind) }) },
    notes: topology.notes ?? [],
    around: { names, paths, origins, relays: allowed, terms, complaints },
    dockerOnly: nodes === undefined ? [] : [...dockerOnly(plans, nodes, complaints), ...limitsDockerOnly({ relay, bitcoind }, complaints)],
  };
}

/** Gossip travels over channels only: nodes of two islands never learn of each other. */
function checkWhole({ names }: TopologyPlan, paths: Paths, complaints: Complaints): void {
  const [first] = names as [string];
  const [lost] = paths.unreachable(first);
  if (lost === undefined) return;
  complaints.about(['topology', 'channels'], `falls apart: no channels lead from ${first} to ${lost}; add one between the two parts`);
}

function planWorkloads(written: unknown, around: Surroundings | undefined, complaints: Complaints): WorkloadPlan[] | undefined {
  const wrong = (text: string) => void complaints.about(['workloads'], text);
  if (!Array.isArray(written) || written.length === 0) {
    const found = written === undefined ? 'is missing:' : `found ${Array.isArray(written) ? 'an empty list' : shown(written)},`;
    return wrong(`${found} expected a list of at least one of ${Object.keys(WORKLOAD_SCHEMAS).join(', ')}`);
  }
  if (written.length > WORKLOADS_MAX) return wrong(`expected at most ${WORKLOADS_MAX} workloads, found ${written.length}`);
  const plans = written.map((entry: unknown, index) => planEntry(entry, index, around, complaints));
  if (plans.includes(undefined)) return undefined;
  const workloads = plans as WorkloadPlan[];
  if (wedges(workloads) && workloads.length > 1) return wrong('record-cliff destroys the only channel: it stands alone in its file');
  return workloads;
}

function planEntry(entry: unknown, index: number, around: Surroundings | undefined, complaints: Complaints): WorkloadPlan | undefined {
  const path = ['workloads', index];
  const wrong = (text: string) => void complaints.about([...path, 'kind'], text);
  const kinds = Object.keys(WORKLOAD_SCHEMAS);
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    return void complaints.about(path, `expected a map, found ${shown(entry)}`);
  const { kind } = entry as { kind?: unknown };
  if (kind === undefined) return wrong(`is missing: expected one of ${kinds.join(', ')}`);
  if (typeof kind !== 'string' || !kinds.includes(kind)) {
    return wrong(`expected one of ${kinds.join(', ')}, found ${shown(kind)}${didYouMean(String(kind), kinds)}`);
  }
  const parsed = complaints.parse(WORKLOAD_SCHEMAS[kind as keyof typeof WORKLOAD_SCHEMAS], entry, path);
  return parsed === undefined || around === undefined ? undefined : planWorkload(parsed, complaints.at(path), path, around);
}

function planThresholds(
  written: Readonly<Record<string, Condition | readonly Condition[]>>,
  yields: readonly Yield[] | undefined,
  axes: Axes,
  complaints: Complaints,
): ThresholdPlan[] {
  const conditions = Object.entries(written).flatMap(([key, value]) =>
    Array.isArray(value)
      ? value.map((condition: Condition, index) => ({ key, condition, path: ['thresholds', key, index] }))
      : [{ key, condition: value as Condition, path: ['thresholds', key] }],
  );
  if (conditions.length > THRESHOLDS_MAX)
    complaints.about(['thresholds'], `expected at most ${THRESHOLDS_MAX}, found ${conditions.length}`);
  return conditions.flatMap(
    ({ key, condition, path }) => planThreshold(key, condition, { path, at: complaints.at(path) }, yields, axes, complaints) ?? [],
  );
}
