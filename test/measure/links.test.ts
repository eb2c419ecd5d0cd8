import test from 'ava';
import { InfrastructureError } from '../../nodes/errors.ts';
import type { LinkFindings } from '../../nodes/node.ts';
import { recordLinks } from '../../sim/measure/links.ts';
import { RunRecorder } from '../../sim/measure/recorder.ts';

const found: LinkFindings = {
  ends: ['n0', 'n1'],
  connections: 2,
  bytes: [100, 200],
  error: { count: 9, p50: 0.2, p99: 1.5, max: 2 },
  dialledPast: [],
};

test('what a link carried and how far it strayed stand in the report, the worst of all links once more', (t) => {
  const record = new RunRecorder(() => 0, false);
  t.is(recordLinks(record, [found, { ...found, ends: ['n1', 'n2'], error: { count: 9, p50: 0.1, p99: 2.5, max: 3 } }]), null);
  const metrics = record.metrics();
  t.is(metrics.find(({ name, tags }) => name === 'link_bytes' && tags.edge === 'n0-n1' && tags.from === 'n1')?.value, 200);
  t.is(metrics.find(({ name }) => name === 'link_error_p99_ms')?.value, 2.5);
});

test('a run whose peers were connected past their link ends with that, since it measured another network', (t) => {
  const ended = recordLinks(new RunRecorder(() => 0, false), [{ ...found, dialledPast: ['n0 dialled n1 at 172.20.0.3'] }]);
  t.true(ended instanceof InfrastructureError);
  t.regex(String(ended?.message), /the link n0-n1 .*n0 dialled n1 at 172\.20\.0\.3/);
});
