/** The figures that a report opens with: each headline once, in the table of carriers or below it. */
import test from 'ava';
import { answer } from '../../reports/answer.ts';
import { METRICS, type MetricName } from '../../sim/measure/metrics.ts';
import type { Metric, Report, Tags } from '../../sim/measure/report.ts';
import { fixture } from './fixture.ts';
import { matrixOfRuns } from './several-runs.ts';

const headline = (name: MetricName, tags: Tags, value: number): Metric => {
  const { unit, class: kind, better } = METRICS[name];
  return { name, unit, class: kind, better, headline: true, tags, value };
};

/** The made-up run, its tunnels called headline as METRICS does, with more metrics. */
function withMetrics(more: readonly Metric[]): Report {
  const { report } = fixture();
  const called = /^(tunnel_(goodput|rtt)|cost)_/u;
  const metrics = report.metrics.map((metric) => (called.test(metric.name) ? { ...metric, headline: true } : metric));
  return { ...report, metrics: [...metrics, ...more] };
}

test('a headline figure of a carrier stands at the top where the table has no column for it', (t) => {
  const { figures, carriers } = answer(
    withMetrics([
      headline('page_load_ms', { carrier: 'keysend', hops: 5, size: 100_000 }, 5_210),
      headline('page_size_max_bytes', { carrier: 'keysend', hops: 5 }, 1_048_576),
      headline('browser_load_ms', { carrier: 'peer-message', hops: 5 }, 812),
      headline('ip_goodput_bytes_per_s', { carrier: 'peer-message', hops: 5, direction: 'down', by: 'curl' }, 2_000_000),
      headline('service_resume_ms', { carrier: 'peer-message', hops: 5, mode: 'contract' }, 140),
      headline('soak_goodput_bytes_per_s', { carrier: 'keysend', hops: 5 }, 24_000),
    ]),
  );
  t.deepEqual(figures.slice(0, 6), [
    { figure: '5.21 s', of: 'Page load, Keysend · 5 hops · 100 kB file' },
    { figure: '1.05 MB', of: 'Largest page, Keysend · 5 hops' },
    { figure: '812 ms', of: 'Site in a browser, Peer messages · 5 hops' },
    { figure: '2 MB/s', of: 'IP goodput, Peer messages · 5 hops · down · by curl' },
    { figure: '140 ms', of: 'Going on after a payment, Peer messages · 5 hops · mode contract' },
    { figure: '24 kB/s', of: 'Soak goodput, Keysend · 5 hops' },
  ]);
  // What the table shows is not told twice, and what every reader asks next is still there.
  t.true(carriers!.table.columns.some(({ title }) => title === 'Tunnel, down'));
  t.false(figures.some(({ of }) => /^(Tunnel|Cost)/u.test(of)));
  t.is(figures.at(-1)?.of, 'Bring-up of the network');
  t.is(figures.length, 10);
});

test('one over fewer hops than the table shows stands below it', (t) => {
  const near = headline('tunnel_goodput_bytes_per_s', { carrier: 'keysend', hops: 1, direction: 'down' }, 98_000);
  t.deepEqual(answer(withMetrics([near])).figures[0], { figure: '98 kB/s', of: 'Tunnel goodput, Keysend · 1 hop · down' });
});

test('however many there are, the top stays short', (t) => {
  const many = Array.from({ length: 40 }, (_, size) => headline('page_load_ms', { carrier: 'keysend', hops: 5, size }, size));
  t.is(answer(withMetrics(many)).figures.length, 12);
});

test('of a matrix a headline figure is told in all its cells or in none', (t) => {
  const report = matrixOfRuns();
  const { figures, carriers } = answer(report);
  t.is(carriers, null);
  t.is(figures.length, 12);
  t.is(figures[0]?.of, 'Median payment, 5 hops · nodes.commitInterval 10 ms · links.delay 0 ms');
  t.is(figures.filter(({ of }) => of.startsWith('Median payment')).length, 6);
  t.is(new Set(figures.map(({ of }) => of)).size, 12);
  // Four cells of payments leave room for six more, and for none of the six after them.
  t.is(answer({ ...report, metrics: report.metrics.slice(2) }).figures.length, 10);
});
