/** What the link proxy found out about itself, as metrics; and a warning where peers were connected past it. */
import type { LinkFindings } from '../../nodes/node.ts';
import type { RunRecorder } from './recorder.ts';

export function recordLinks(record: RunRecorder, findings: readonly LinkFindings[]): void {
  for (const { ends, connections, bytes, error, dialledPast } of findings) {
    const edge = ends.join('-');
    record.value('link_connections', { edge }, connections);
    ends.forEach((from, end) => {
      record.value('link_bytes', { edge, from }, bytes[end]!);
    });
    for (const stat of ['p50', 'p99', 'max'] as const) if (error !== null) record.value('link_error_ms', { edge, of: stat }, error[stat]);
    if (dialledPast.length > 0) record.warn(`The link ${edge} was not in the way of every connection: ${dialledPast.join('; ')}.`);
  }
  const worst = Math.max(...findings.map(({ error }) => error?.p99 ?? -1));
  if (worst >= 0) record.value('link_error_p99_ms', {}, worst);
}
