/** What the link proxy found out about itself, as metrics. A run whose peers were connected past it measured some other network. */
import { InfrastructureError } from '../../nodes/errors.ts';
import type { LinkFindings } from '../../nodes/node.ts';
import type { RunRecorder } from './recorder.ts';

/** What the run is to end with: an InfrastructureError where a link was not in the way of every connection, else null. */
export function recordLinks(record: RunRecorder, findings: readonly LinkFindings[]): InfrastructureError | null {
  const past: string[] = [];
  for (const { ends, connections, bytes, error, dialledPast } of findings) {
    const edge = ends.join('-');
    record.value('link_connections', { edge }, connections);
    ends.forEach((from, end) => {
      record.value('link_bytes', { edge, from }, bytes[end]!);
    });
    for (const stat of ['p50', 'p99', 'max'] as const) if (error !== null) record.value('link_error_ms', { edge, of: stat }, error[stat]);
    if (dialledPast.length > 0) past.push(`the link ${edge} was not in the way of every connection: ${dialledPast.join('; ')}`);
  }
  const worst = Math.max(...findings.map(({ error }) => error?.p99 ?? -1));
  if (worst >= 0) record.value('link_error_p99_ms', {}, worst);
  if (past.length === 0) return null;
  return new InfrastructureError(past.join('. '), {
    hint: 'an LND that knows another address of its peer dials that: run again with --fresh',
  });
}
