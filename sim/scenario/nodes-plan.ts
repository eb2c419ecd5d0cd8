/** The nodes section: settings for all, and by name. */
import {
  type ContainerLimits,
  type NodePlan,
  ONION_LIMITER_DEFAULT,
  ONION_LIMITER_OFF,
  type OnionLimiter,
  type RelayPlan,
} from '../../nodes/plan.ts';
import type { Complaints } from './complaints.ts';
import { listedOrNearest } from './nearest.ts';
import { NODE_SETTINGS, type NodeSettings, nodeSettings } from './schema.ts';

const COMMIT_INTERVAL_MS = 50;
const BITS_PER_KBIT = 1_000;
const BITS_PER_BYTE = 8;

export interface WrittenNodes {
  readonly all: NodeSettings;
  readonly byName: ReadonlyMap<string, NodeSettings>;
}

/** A word that is no setting and whose value is a map is a node's name; any other is a misspelt setting. */
export function readNodes(written: unknown, complaints: Complaints): WrittenNodes | undefined {
  const none = { all: {}, byName: new Map() };
  if (written === undefined) return none;
  const before = complaints.mistakes.length;
  const settings: Record<string, unknown> = {};
  const byName = new Map<string, NodeSettings>();
  if (typeof written !== 'object' || written === null || Array.isArray(written)) complaints.parse(nodeSettings, written, ['nodes']);
  for (const [key, value] of Object.entries((written ?? {}) as object)) {
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (NODE_SETTINGS.includes(key)) settings[key] = value;
    else if (!isMap) complaints.unknownKey(['nodes'], key, NODE_SETTINGS);
    else byName.set(key, complaints.parse(nodeSettings, value, ['nodes', key]) ?? {});
  }
  const all = complaints.parse(nodeSettings, settings, ['nodes']);
  if (all !== undefined)
    for (const [name, own] of byName) if (own.onionLimiter !== undefined) limiterOf(own, all, ['nodes', name], complaints);
  if (all !== undefined) limiterOf(all, {}, ['nodes'], complaints);
  return all === undefined || complaints.mistakes.length > before ? undefined : { all, byName };
}

/** Every named node must be in the topology. */
export function checkNames({ byName }: WrittenNodes, names: readonly string[], complaints: Complaints): void {
  const known = new Set(names);
  for (const name of byName.keys()) {
    if (!known.has(name)) complaints.about(['nodes', name], `no such node: the topology has ${listedOrNearest(name, names)}`, 'key');
  }
}

export function planNode(name: string, { all, byName }: WrittenNodes, relay: RelayPlan | null, complaints: Complaints): NodePlan {
  const own = { ...all, ...byName.get(name) };
  return {
    name,
    image: own.image ?? 'auto',
    commitIntervalMs: own.commitInterval ?? COMMIT_INTERVAL_MS,
    onionLimiter: limiterOf(own, all, ['nodes', name], complaints),
    storage: own.storage ?? 'volume',
    memoryBytes: own.memory ?? null,
    cpus: own.cpus ?? null,
    flags: own.flags ?? [],
    relay,
  };
}

/** Of a container that is no node's: in the plan only where they are written. */
export function planLimits({ memory, cpus }: Pick<NodeSettings, 'memory' | 'cpus'>): ContainerLimits {
  return { ...(memory !== undefined && { memoryBytes: memory }), ...(cpus !== undefined && { cpus }) };
}

/** LND takes whole kbit/s, and either both figures of a bucket or neither. What a map leaves out is LND's default. */
function limiterOf(own: NodeSettings, all: NodeSettings, path: readonly string[], complaints: Complaints): OnionLimiter {
  const written = own.onionLimiter ?? all.onionLimiter ?? 'default';
  if (written === 'default') return ONION_LIMITER_DEFAULT;
  if (written === 'off') return ONION_LIMITER_OFF;
  const kbps = (key: 'peer' | 'global', otherwise: number) => {
    const bytesPerS = written[key];
    if (bytesPerS === undefined) return otherwise;
    const value = (bytesPerS * BITS_PER_BYTE) / BITS_PER_KBIT;
    if (!Number.isInteger(value)) complaints.about([...path, 'onionLimiter', key], `expected whole kbit/s, found ${value} kbit/s`);
    return value;
  };
  const limiter: OnionLimiter = {
    peerKbps: kbps('peer', ONION_LIMITER_DEFAULT.peerKbps),
    peerBurstBytes: written.burst ?? ONION_LIMITER_DEFAULT.peerBurstBytes,
    globalKbps: kbps('global', ONION_LIMITER_DEFAULT.globalKbps),
    globalBurstBytes: written.globalBurst ?? ONION_LIMITER_DEFAULT.globalBurstBytes,
  };
  for (const [rate, burst] of [
    [limiter.peerKbps, limiter.peerBurstBytes],
    [limiter.globalKbps, limiter.globalBurstBytes],
  ] as const) {
    if ((rate === 0) !== (burst === 0)) {
      complaints.about([...path, 'onionLimiter'], 'a rate and its burst must both be 0 (no limit) or neither; `off` sets all four to 0');
    }
  }
  return limiter;
}
