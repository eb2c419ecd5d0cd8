/** What a report shows, in its order. Adding a section: a file in sections/ and a line here; it is null where the run has nothing for it. */
import type { Findings, Report } from '../sim/measure/report.ts';
import type { Section } from './section.ts';
import { accounting } from './sections/accounting.ts';
import { bringup } from './sections/bringup.ts';
import { cost } from './sections/cost.ts';
import { environment } from './sections/environment.ts';
import { events } from './sections/events.ts';
import { everyFigure } from './sections/every-figure.ts';
import { ipTunnel } from './sections/ip-tunnel.ts';
import { limits } from './sections/limits.ts';
import { overTime } from './sections/over-time.ts';
import { pages } from './sections/pages.ts';
import { payments } from './sections/payments.ts';
import { raw } from './sections/raw.ts';
import { resources } from './sections/resources.ts';
import { runs } from './sections/runs.ts';
import { topology } from './sections/topology.ts';
import { tunnel } from './sections/tunnel.ts';

export function sections(findings: Findings): readonly Section[] {
  const { report } = findings;
  // Sections of one run would lay the cells of a matrix over each other.
  const parts = (report.matrix ?? []).length > 0 ? ofMatrix(report) : ofRun(findings);
  return parts.filter((section) => section !== null);
}

const ofMatrix = (report: Report): readonly (Section | null)[] => [
  runs(report),
  topology(report),
  environment(report),
  everyFigure(report),
];

function ofRun(findings: Findings): readonly (Section | null)[] {
  const { report } = findings;
  return [
    runs(report),
    topology(report),
    tunnel(findings),
    events(report),
    overTime(report),
    ipTunnel(report),
    pages(report),
    raw(findings),
    payments(findings),
    limits(report),
    cost(report),
    accounting(report),
    resources(report),
    bringup(report),
    environment(report),
    everyFigure(report),
  ];
}
