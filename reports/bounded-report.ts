/** What report.json holds of a network by the ten thousand: its size, and the part that was busiest; the whole would be 50 MB. */
import type { Report } from '../sim/measure/report.ts';

/** Of nodes, channels and rows of the accounts each. */
const LISTED_MAX = 1_000;

/** The same report where it is small. Else nodes and channels of the plan are left out, and of the lists over them the busiest stay. */
export function boundedReport(report: Report): Report {
  const { nodes, channels } = report.plan.network;
  if (nodes.length <= LISTED_MAX && channels.length <= LISTED_MAX) return report;
  const size = { nodes: nodes.length, channels: channels.length };
  const network = { ...report.plan.network, nodes: nodes.filter(({ relay }) => relay !== null).slice(0, LISTED_MAX), channels: [], size };
  const accounting = report.accounting.toSorted((a, b) => Math.abs(b.errorMsat) - Math.abs(a.errorMsat) || b.paidMsat - a.paidMsat);
  return {
    ...report,
    plan: { ...report.plan, network },
    accounting: accounting.slice(0, LISTED_MAX),
    channels: report.channels.toSorted((a, b) => b.forwardedMsat - a.forwardedMsat).slice(0, LISTED_MAX),
  };
}
