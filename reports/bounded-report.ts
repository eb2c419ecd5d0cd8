/** What report.json holds of a network by the ten thousand: its size, and the part that was busiest; the whole would be 50 MB. */
import { createHash } from 'node:crypto';
import type { NetworkPlan } from '../nodes/plan.ts';
import type { Report } from '../sim/measure/report.ts';
import type { Plan } from '../sim/scenario/plan.ts';

/** Of nodes, channels and rows of the accounts each. */
const LISTED_MAX = 1_000;
const HEX_DIGITS = 16;

/** The same report where it is small. Else nodes and channels of the plan are left out, and of the lists over them the busiest stay. */
export function boundedReport(report: Report): Report {
  const plan = boundedPlan(report.plan);
  if (plan === report.plan) return report;
  const accounting = report.accounting.toSorted((a, b) => Math.abs(b.errorMsat) - Math.abs(a.errorMsat) || b.paidMsat - a.paidMsat);
  return {
    ...report,
    plan,
    accounting: accounting.slice(0, LISTED_MAX),
    channels: report.channels.toSorted((a, b) => b.forwardedMsat - a.forwardedMsat).slice(0, LISTED_MAX),
  };
}

/** The same plan where it is small, or bounded already. Else size and hash stand for channels, and for more nodes than are listed. */
export function boundedPlan(plan: Plan): Plan {
  const { nodes, channels } = plan.network;
  if (nodes.length <= LISTED_MAX && channels.length <= LISTED_MAX) return plan;
  const size = { nodes: nodes.length, channels: channels.length, sha256: hashOf(plan.network) };
  const listed = nodes.length <= LISTED_MAX ? nodes : nodes.filter(({ relay }) => relay !== null).slice(0, LISTED_MAX);
  return { ...plan, network: { ...plan.network, nodes: listed, channels: [], size } };
}

/**
 * One after the other: as one text a million channels are more than a string can hold. Which image a node runs is a matter of its LND, and
 * a network that has images is small enough for its nodes to be listed.
 */
function hashOf({ nodes, channels }: NetworkPlan): string {
  const hash = createHash('sha256');
  for (const { image: _image, ...node } of nodes) hash.update(JSON.stringify(node));
  for (const channel of channels) hash.update(JSON.stringify(channel));
  return hash.digest('hex').slice(0, HEX_DIGITS);
}
