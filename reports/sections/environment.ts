/** Where the figures come from, and the command that makes them again. */
import type { Report } from '../../sim/measure/report.ts';
import { exact, many, quantity } from '../format.ts';
import { bounded, type Section } from '../section.ts';

export function environment(report: Report): Section {
  const { host, network } = report;
  const rows: readonly (readonly [string, string])[] = [
    ['Command', host.command],
    ['Scenario', report.scenario],
    ['Seed', String(report.seed)],
    ['Network', network.kind === 'docker' ? 'docker: real LND and bitcoind' : 'simulated: virtual time'],
    ['Chosen because', network.reason],
    ...Object.entries(network.versions).map(([name, version]) => [name, version] as const),
    ...Object.entries(network.images).map(([reference, id]) => [`Image ${reference}`, id] as const),
    ['Leyden', host.leyden],
    ['Node.js', host.node],
    [
      'Machine',
      `${host.os}, ${host.arch}, ${exact(host.cores)} cores${host.cpu === undefined ? '' : ` (${host.cpu})`}, ${quantity(host.memoryBytes, 'B')} memory`,
    ],
    ['Load when it began', exact(host.load1)],
    ...(host.load1AtEnd === undefined ? [] : [['Load when it ended', exact(host.load1AtEnd)] as const]),
    ...(host.clockSource === undefined ? [] : [['Clock source', host.clockSource] as const]),
    ...(host.dataVolume === undefined
      ? []
      : [['LND’s data on', `${host.dataVolume.storage}: ${exact(host.dataVolume.fsyncsPerS)} writes of 4 KiB to it per second`] as const]),
    ...(host.pacePerS === undefined
      ? []
      : [['Pace of a core, at its start and end', host.pacePerS.map((pace) => `${exact(Math.round(pace))}/s`).join(', ')] as const]),
    ['Began', host.startedAt],
    ['Ended', host.endedAt],
    ['Wall time', quantity(host.wallMs, 'ms')],
  ];
  return {
    id: 'environment',
    title: 'How to make these figures again',
    text: [
      network.kind === 'docker'
        ? 'Times depend on the machine; sizes, fees and accounting do not.'
        : 'The same scenario and seed give the same figures on any machine.',
      ...howMeasured(report),
    ],
    figures: [
      {
        caption: 'Where they come from',
        table: bounded(
          [
            { title: 'What', kind: 'text' },
            { title: 'This run', kind: 'name' },
          ],
          rows,
          'report.json',
        ),
      },
    ],
  };
}

/** What was left out, and from when times count, as the workloads noted it. */
function howMeasured({ notes = [] }: Report): readonly string[] {
  if (notes.length <= NOTES_MAX) return notes;
  return [...notes.slice(0, NOTES_MAX), `${many(notes.length - NOTES_MAX, 'more note')} in report.json.`];
}

const NOTES_MAX = 20;
