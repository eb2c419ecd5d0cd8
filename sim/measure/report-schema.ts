/**
 * report.json as a schema: what a reader may count on, and the JSON Schema in reports/schema. Keys that it does not name are let pass, so that
 * an older Leyden reads a newer report; keys that came later are optional, so that a newer one reads an older report.
 */
import { z } from 'zod';
import type { Report } from './report.ts';

const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();
const texts = z.record(z.string(), z.string());
const tags = z.record(z.string(), z.union([z.string(), z.number()])).describe('Which one of its name: { carrier: keysend, hops: 5 }');

const summary = z.object({
  count: z.int().min(1),
  min: z.number(),
  p50: z.number().nullable(),
  p90: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable().describe('null: fewer samples than a percentile needs (p99: 100)'),
  'p99.9': z.number().nullable().optional(),
  max: z.number(),
  mean: z.number(),
});

const metric = z.object({
  name: z.string().describe('A name of METRICS in sim/measure/metrics.ts'),
  unit: z.string(),
  class: z.enum(['exact', 'noisy', 'budget']),
  better: z.enum(['higher', 'lower', 'none']),
  headline: z.boolean().optional(),
  tags,
  value: z.number().optional().describe('One number; else there is a summary'),
  summary: summary.optional(),
  stat: z.string().optional().describe('Of a report over several runs: which stat of each run’s samples `runs` and `value` are of'),
  runs: list(z.number().nullable())
    .optional()
    .describe('Of a report over several runs: the figure of each run of its cell; null: it has none'),
});

const thresholdResult = z.object({
  text: z.string(),
  at: z.string().describe('file:line in the scenario'),
  stat: z.string(),
  measured: z.number().nullable().describe('The worst of the metrics that it is about, in their unit; null: nothing was measured'),
  passed: z.boolean(),
});

const account = z.object({
  node: z.string(),
  lndDeltaMsat: z.number(),
  ledgerDeltaMsat: z.number(),
  earnedMsat: z.number(),
  paidMsat: z.number(),
  commitFeeDeltaMsat: z.number().optional(),
  closedMsat: z.number().optional(),
  contradictedMsat: z.number().optional(),
  errorMsat: z.number(),
});

const channel = z.object({
  name: z.string(),
  from: z.string(),
  to: z.string(),
  capacitySat: z.number(),
  htlcs: z.number(),
  forwardedMsat: z.number(),
  earnedMsat: z.number().optional().describe('Fees kept for forwarding out over it'),
});

const dataVolume = z.object({
  storage: z.enum(['disk', 'tmpfs']),
  fsyncsPerS: z.number().describe('Writes of 4 KiB, each on the disk before the next'),
});

const speed = z.object({
  what: z.string(),
  payments: z.number(),
  events: z.number(),
  searches: z.number(),
  simulatedMs: z.number(),
  wallMs: z.number(),
  paymentsPerS: z.number(),
  eventsPerS: z.number(),
  simulatedSPerWallS: z.number(),
  rssBytes: z.number(),
});

const host = z.object({
  startedAt: z.string(),
  endedAt: z.string(),
  wallMs: z.number(),
  node: z.string(),
  leyden: z.string(),
  os: z.string(),
  arch: z.string(),
  cores: z.number(),
  cpu: z.string().optional(),
  memoryBytes: z.number(),
  load1: z.number(),
  load1AtEnd: z.number().optional(),
  clockSource: z.string().optional(),
  dataVolume: dataVolume.optional().describe('On docker: the disk under LND’s data'),
  pacePerS: z.tuple([z.number(), z.number()]).readonly().optional().describe('On docker: how fast a core computed at its start and end'),
  command: z.string(),
  speed: list(speed).optional().describe('How fast the model ran, where a workload counts that'),
});

const goodputLine = z.object({
  of: tags,
  fromMs: z.number().describe('Of the network’s clock, since the workloads began'),
  stepMs: z.number(),
  bytesPerS: list(z.number()),
});

const timeline = z.object({
  unit: z.enum(['B', 'payments']),
  binMs: z.number(),
  perS: list(z.number()),
  events: list(
    z.object({
      event: z.string(),
      atMs: z.number().describe('After the beginning of the first workload'),
      tookMs: z.number().nullable(),
      beforePerS: z.number().nullable(),
      lowestPerS: z.number().nullable(),
      recoveryMs: z.number().nullable(),
    }),
  ),
});

const run = z.object({
  cell: texts,
  repeat: z.int(),
  seed: z.int(),
  path: z.string().describe('Its folder, relative to this report'),
  ended: z.object({ error: z.string(), message: z.string() }).nullable(),
});

const network = z.object({ kind: z.enum(['docker', 'simulated']), reason: z.string(), versions: texts, images: texts });

/** What readers of a report use of it. A large network's `channels` are empty and its `nodes` are some. */
const plan = z.object({
  network: z.object({
    nodes: list(z.object({ name: z.string() })),
    channels: list(z.object({ name: z.string(), from: z.string(), to: z.string() })),
    origins: list(z.object({ name: z.string() })),
  }),
  workloads: list(z.object({ kind: z.string(), at: z.string() })),
  events: list(z.object({ at: z.string(), name: z.string() })).optional(),
  thresholds: list(z.object({ text: z.string() })),
  headline: list(z.object({ metric: z.string(), tags: texts, stat: z.string(), margin: z.number().nullable() })).optional(),
});

export const reportSchema = z.object({
  schema: z.literal('leyden.report/1'),
  scenario: z.string(),
  question: z.string(),
  seed: z.int(),
  network,
  host: host.describe('The only place for wall time and the machine; all else is the same for the same seed when simulated'),
  plan: plan.describe('The scenario as it was understood (sim/scenario/plan.ts); no more of its shape is part of this contract'),
  phases: list(z.object({ name: z.string(), ms: z.number() })),
  metrics: list(metric),
  thresholds: list(thresholdResult),
  accounting: list(account),
  warnings: list(z.string()),
  notes: list(z.string()).optional().describe('How it was measured: what a reader should know, not doubt'),
  ended: z.object({ error: z.string(), message: z.string() }).nullable().describe('null: it ran to its end'),
  channels: list(channel),
  runs: list(run).optional().describe('A report over several runs: each of them'),
  matrix: list(z.object({ axis: z.string(), values: list(z.string()) })).optional(),
  timeline: timeline.optional().describe('Where the scenario has events: what moved meanwhile, and what each did to it'),
  goodput: list(goodputLine).optional().describe('Goodput over time, a line for each transfer and each run of raw units'),
});

/** Does not compile when `Report` promises less than the schema asks for. */
export const asSchema = (report: Report): z.output<typeof reportSchema> => report;

/** https://json-schema.org/draft/2020-12 */
export function reportJsonSchema(): unknown {
  return z.toJSONSchema(reportSchema.meta({ title: 'A Leyden report, version 1' }), { io: 'input' });
}
