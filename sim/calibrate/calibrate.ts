/** This machine's LND in a few dozen numbers: probe networks asked, and costs found with which the model answers as they did. */
import { cpus, release, totalmem, type } from 'node:os';
import type { Network } from '../../nodes/node.ts';
import type { Costs } from '../../nodes/simulated/costs.ts';
import { openSimulated } from '../../nodes/simulated/index.ts';
import { DEFAULT_PROFILE } from '../../nodes/simulated/profile/default.ts';
import type { Profile } from '../../nodes/simulated/profile/profile.ts';
import { processor } from '../host.ts';
import { fingerprint } from '../validate/fingerprint.ts';
import { fitted } from './fit.ts';
import { networkOf, PROBE_PLANS, type ProbePlan } from './plans.ts';
import type { Figures } from './probes.ts';
import { runProbes, SMALL_BYTES } from './run-probes.ts';

export interface CalibrateOptions {
  readonly name: string;
  readonly now: Date;
  /** A docker network of this plan. */
  open(plan: ProbePlan): Promise<Network>;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
  /** sim/measure/pace.ts */
  pace(): number;
}

export interface Measured {
  readonly figures: Figures;
  readonly versions: Readonly<Record<string, string>>;
  /** The mean of before, between and after the probes. */
  readonly pacePerS?: number | undefined;
}

/** Real nodes, one probe network after the other. Throws what bringing them up throws. */
export async function measure({ open, progress, signal, pace }: CalibrateOptions): Promise<Measured> {
  let versions: Readonly<Record<string, string>> = {};
  const paces: number[] = [];
  const figures = await runProbes({
    lndCpu: async (network) => new Map((await network.usage()).map(({ node, lndCpuMs }) => [node, lndCpuMs])),
    async open(plan) {
      paces.push(pace());
      const network = await open(plan);
      versions = network.versions;
      return network;
    },
    progress,
    signal,
  });
  paces.push(pace());
  return { figures, versions, pacePerS: paces.reduce((sum, one) => sum + one, 0) / paces.length };
}

/** What the model says to the same questions, with these costs. */
export function simulate(costs: Costs, signal: AbortSignal): Promise<Figures> {
  const probes = {
    lndCpu: async (network: Network) => {
      const { model } = network as Awaited<ReturnType<typeof openSimulated>>;
      const { usedUs } = model.core.jobs;
      return new Map(network.plan.nodes.map(({ name }, node) => [name, usedUs[2 * node]! / 1_000]));
    },
    open: (plan: ProbePlan) => openSimulated(networkOf(plan), { costs: { ...costs, ...UNSEALED }, signal, startRelay: noRelay }),
    progress() {},
    signal,
  };
  return runProbes(
    probes,
    PROBE_PLANS.filter(({ relays }) => !relays),
  );
}

/** Beside what was measured: how far the costs are off it. */
const FIT_ERROR = 'fit_error';

/** What asks the probe networks is no relay: records leave it as they are. */
const UNSEALED = { recordsMadeCpuUsPerByte: 0, recordsPassedCpuUsPerByte: 0, recordsHeardCpuUsPerByte: 0 };

const noRelay = () => Promise.reject(new Error('probes that are simulated have no relays'));

/** What was measured, with what programs cost; LND's costs are those of the profile that ships until they are fitted. */
export function unfittedProfile(measured: Measured, { name, now }: Pick<CalibrateOptions, 'name' | 'now'>): Profile {
  const machine = {
    cpu: processor() ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    os: `${type()} ${release()}`,
    ...(measured.pacePerS && { pacePerS: Math.round(measured.pacePerS) }),
  };
  const figures = Object.fromEntries(Object.entries(measured.figures).map(([key, value]) => [key, Number(value.toPrecision(5))]));
  return {
    schema: 'leyden.profile/1',
    name,
    measuredAt: now.toISOString(),
    machine,
    versions: measured.versions,
    madeFrom: PROBE_PLANS.map((plan) => ({
      name: `calibrate-${plan.name}`,
      fingerprint: fingerprint({ network: networkOf(plan), workloads: [] }),
    })),
    measured: figures,
    costs: withPrograms({ ...DEFAULT_PROFILE.costs, cores: machine.cores }, measured.figures),
  };
}

export async function fittedProfile(
  profile: Profile,
  { progress, signal }: Pick<CalibrateOptions, 'progress' | 'signal'>,
): Promise<Profile> {
  const { costs, error } = await fitted(profile.costs, profile.measured, weightOf, (tried) => simulate(tried, signal), progress);
  return { ...profile, measured: { ...profile.measured, [FIT_ERROR]: Number(error.toPrecision(3)) }, costs };
}

/** What the programs beside the nodes cost was measured as it is: nothing to fit. */
export function withPrograms(costs: Costs, figures: Figures): Costs {
  const us = (name: string, ...nodes: readonly string[]) => usIn('relays', name, ...nodes);
  const usIn = (network: string, name: string, ...nodes: readonly string[]) =>
    (1_000 * nodes.reduce((sum, node) => sum + (figures[`${network}.${name}.relay_ms.${node}`] ?? Number.NaN), 0)) / nodes.length;
  const callCpuUs = us('peer.small', 'n0', 'n1');
  const largeBytes = figures['relays.peer.large.unit_bytes']!;
  const callCpuUsPerByte = Math.max(0, us('peer.large', 'n0', 'n1') - callCpuUs) / (largeBytes - SMALL_BYTES);
  const onionUs = us('onion', 'n0') - callCpuUs - figures['relays.onion.unit_bytes']! * callCpuUsPerByte;
  const onionHop = costs.onionBuildCpuUsPerHop / (costs.onionBuildCpuUs + costs.onionBuildCpuUsPerHop);
  const [payCallCpuUs, heardPaymentCpuUs] = [us('keysend', 'n0'), us('keysend', 'n1')];
  const recordBytes = figures['relays-three.records.unit_bytes']!;
  const ofRecords = (node: string, othersUs: number) => Math.max(0, usIn('relays-three', 'records', node) - othersUs) / recordBytes;
  const own = {
    payCallCpuUs,
    heardPaymentCpuUs,
    recordsMadeCpuUsPerByte: ofRecords('n0', payCallCpuUs),
    recordsPassedCpuUsPerByte: ofRecords('n1', 2 * callCpuUs) / 2,
    recordsHeardCpuUsPerByte: ofRecords('n2', heardPaymentCpuUs + 2 * callCpuUs),
    callCpuUs,
    callCpuUsPerByte,
    onionBuildCpuUs: Math.max(0, onionUs * (1 - onionHop)),
    onionBuildCpuUsPerHop: Math.max(0, onionUs * onionHop),
    onionBuildCpuUsPerByte: 0,
  };
  return { ...costs, ...Object.fromEntries(Object.entries(own).filter(([, value]) => Number.isFinite(value))) };
}

/** Times and rates are what a run shows; CPU is why. What nodes do when idle is taken off already. */
export function weightOf(figure: string): number {
  if (figure === FIT_ERROR || figure.includes('.idle.') || figure.startsWith('relays')) return 0;
  const isCpu = figure.includes('.cpu_ms.');
  // Latencies and rates of peer messages say more of the one busy process that asks than of LND.
  if (figure.includes('.peer.')) return isCpu && !figure.includes('.peer.small.') ? 0.5 : 0;
  return isCpu || figure.includes('.onion.') ? 0.5 : 1;
}
