/** Made-up reports over several runs, from the one of fixture.ts: for tests of pages alone; nothing here was measured. */
import type { Metric, Report } from '../../sim/measure/report.ts';
import { fixture, generator } from './fixture.ts';

/** Ten runs of the VPN scenario that scatter by 3 %; `factor` of a metric moves its median. */
export function tenRuns(seed: number, factor: (metric: Metric) => number = () => 1): Report {
  const random = generator(seed);
  const { report } = fixture({ seed });
  const metrics = report.metrics.map((metric): Metric => {
    const { summary, ...rest } = metric;
    const middle = (metric.value ?? summary?.p50 ?? 0) * factor(metric);
    if (metric.class === 'exact') return { ...rest, value: middle, runs: Array(10).fill(middle) };
    const runs = Array.from({ length: 10 }, () => middle * (1 + (random() + random() + random() - 1.5) * 0.06));
    const headline = metric.name === 'tunnel_goodput_bytes_per_s' || metric.name === 'payment_latency_ms';
    const sorted = runs.toSorted((a, b) => a - b);
    return {
      ...rest,
      ...(headline ? { headline: true } : {}),
      ...(summary === undefined ? {} : { stat: 'p50' }),
      value: (sorted[4]! + sorted[5]!) / 2,
      runs,
    };
  });
  const runs = Array.from({ length: 10 }, (_, i) => ({ cell: {}, repeat: i + 1, seed: seed + i, path: String(i + 1), ended: null }));
  return { ...report, metrics, runs };
}

/** Two axes, three runs a cell. */
export function matrixOfRuns(seed = 1): Report {
  const random = generator(seed);
  const { report } = fixture({ seed });
  const matrix = [
    { axis: 'nodes.commitInterval', values: ['10 ms', '50 ms', '200 ms'] },
    { axis: 'links.delay', values: ['0 ms', '20 ms'] },
  ];
  const cells = matrix[0]!.values.flatMap((interval) =>
    matrix[1]!.values.map((delay) => ({ 'nodes.commitInterval': interval, 'links.delay': delay })),
  );
  const some = report.metrics.filter(({ name, tags }) => name.startsWith('tunnel') || (name === 'payment_latency_ms' && tags.hops === 5));
  const metrics = some.flatMap((metric) =>
    cells.map((cell): Metric => {
      const { summary, ...rest } = metric;
      const slower = 1 + Number.parseFloat(cell['nodes.commitInterval']) / 100 + Number.parseFloat(cell['links.delay']) / 40;
      const middle = (metric.value ?? summary?.p50 ?? 0) * (metric.better === 'lower' ? slower : 1 / slower);
      const runs = [0.97, 1, 1.04].map((part) => middle * part * (1 + random() / 100));
      const headline = metric.name !== 'tunnel_efficiency' ? { headline: true } : {};
      return { ...rest, ...headline, tags: { ...metric.tags, ...cell }, value: runs[1]!, runs };
    }),
  );
  const runs = cells.flatMap((cell, i) => [1, 2, 3].map((repeat) => ({ cell, repeat, seed: repeat, path: `${i}/${repeat}`, ended: null })));
  return { ...report, metrics, runs, matrix };
}
