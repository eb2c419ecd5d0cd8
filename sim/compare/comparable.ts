/** Whether two reports may be held against each other: what differs beside the thing that is asked about makes any verdict a guess. */
import { isDeepStrictEqual } from 'node:util';
import { ScenarioError } from '../../nodes/errors.ts';
import { boundedPlan } from '../../reports/bounded-report.ts';
import type { Report } from '../measure/report.ts';
import type { Across, Difference } from './comparison.ts';

/** Throws ScenarioError where they differ in what `across` does not name. What comes back differs, and may. */
export function comparable(base: Report, head: Report, across: readonly Across[]): readonly Difference[] {
  if (base.network.kind !== head.network.kind)
    throw new ScenarioError(`base was measured on the ${base.network.kind} network, head on the ${head.network.kind} one`, {
      hint: '`sim validate FILE` says how far apart the two networks are',
    });
  const found = differences(base, head);
  const refused = found.filter(({ kind }) => !across.includes(kind));
  if (refused.length === 0) return found;
  const kinds = [...new Set(refused.map(({ kind }) => kind))];
  throw new ScenarioError(
    `base and head differ beside what was measured:\n${refused.map(({ kind, text }) => `  ${kind}: ${text}`).join('\n')}`,
    {
      hint: `compare runs of one scenario on one machine, or say that it is meant: ${kinds.map((kind) => `--across ${kind}`).join(' ')}`,
    },
  );
}

export function differences(base: Report, head: Report): Difference[] {
  return [...scenario(base, head), ...lnd(base, head), ...host(base, head)];
}

/** Everything that decides what runs; not what is asked of the figures afterwards, nor where it stood in its file. */
function scenario(base: Report, head: Report): Difference[] {
  const told = (text: string): Difference => ({ kind: 'scenario', text });
  if (base.scenario !== head.scenario) return [told(`${base.scenario} is not ${head.scenario}`)];
  const [left, right] = [asked(base), asked(head)];
  const parts = [...new Set([...Object.keys(left), ...Object.keys(right)])].filter((part) => !isDeepStrictEqual(left[part], right[part]));
  return parts.map((part) => told(`its ${part} are not the same: \`sim check --json\` shows them`));
}

function asked({ plan, matrix = [] }: Report): Record<string, unknown> {
  // A report from memory lists what one from a file has a hash of.
  const { nodes = [], channels = [], origins = [], size, ...rest } = boundedPlan(plan).network;
  const { name: _name, seed: _seed, ...others } = rest;
  return plain({
    // Which image a node runs is a matter of its LND.
    nodes: nodes.map(({ image: _image, ...node }) => node),
    channels,
    'nodes and channels': size,
    origins,
    ...others,
    workloads: plan.workloads.map(({ at: _at, ...workload }) => workload),
    events: (plan.events ?? []).map(({ at: _at, ...event }) => event),
    matrix,
  });
}

/** As it was read back from a file: absent and undefined are the same. */
function plain(value: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
}

/** A hash of what happened is a result, and the relay's image holds Leyden itself. */
const NO_VERSION = ['trace'];
const OWN_IMAGE = /^leyden\/(relay|runtime|tunnel-end):/u;

function lnd(base: Report, head: Report): Difference[] {
  const versions = changed(base.network.versions, head.network.versions, (name) => !NO_VERSION.includes(name));
  const images = changed(swapped(base.network.images), swapped(head.network.images), () => true);
  return [...versions, ...images].map((text) => ({ kind: 'lnd', text }));
}

/** By what an image holds: the same one under another name is no difference. */
function swapped(images: Readonly<Record<string, string>>): Record<string, string> {
  const others = Object.entries(images).filter(([ref]) => !OWN_IMAGE.test(ref));
  return Object.fromEntries(others.map(([ref, id]) => [id, ref]));
}

function changed(
  base: Readonly<Record<string, string>>,
  head: Readonly<Record<string, string>>,
  counts: (name: string) => boolean,
): string[] {
  const names = [...new Set([...Object.keys(base), ...Object.keys(head)])].filter(counts);
  return names
    .filter((name) => !(name in base && name in head) || (!name.startsWith('sha256:') && base[name] !== head[name]))
    .map((name) =>
      name.startsWith('sha256:')
        ? `image ${base[name] ?? head[name]} (${name.slice(0, 19)}) is on one side only`
        : `${name} ${base[name] ?? 'none'} is not ${head[name] ?? 'none'}`,
    );
}

const GIB = 2 ** 30;

/** When simulated all is virtual time, which no machine changes. */
function host(base: Report, head: Report): Difference[] {
  if (base.network.kind === 'simulated') return [];
  const cpuKnown = base.host.cpu !== undefined && head.host.cpu !== undefined;
  const facts = ({ host: { os, arch, cores, cpu, memoryBytes, node } }: Report) => ({
    'operating system': os,
    architecture: arch,
    ...(cpuKnown && { processor: cpu! }),
    cores: String(cores),
    // A few pages of it come and go with the kernel.
    memory: `${(memoryBytes / GIB).toFixed(1)} GiB`,
    Node: node,
  });
  return changed(facts(base), facts(head), () => true).map((text) => ({ kind: 'host', text }));
}
