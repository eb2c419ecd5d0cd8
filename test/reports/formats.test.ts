/** report.json and the schemas are contracts: what was written once is read for ever, and what is committed says what the code does. */
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import test from 'ava';
import { ScenarioError } from '../../nodes/errors.ts';
import { boundedReport } from '../../reports/bounded-report.ts';
import { chartLibrary } from '../../reports/html/chart-library.ts';
import { reportHtml } from '../../reports/html/page.ts';
import { reportJson } from '../../reports/json.ts';
import { reportMarkdown } from '../../reports/markdown.ts';
import { schemas } from '../../reports/schema/schemas.ts';
import { readReport, reportOf } from '../../sim/measure/read-report.ts';
import type { Host } from '../../sim/measure/report.ts';
import { fixture, line } from './fixture.ts';

const GOLDEN = new URL('./golden/vpn-5hop.report.json', import.meta.url);
/** With everything that a machine may say of itself. */
const HOST: Required<Host> = {
  ...fixture().report.host,
  cpu: 'AMD EPYC',
  load1AtEnd: 1.9,
  clockSource: 'tsc',
  dataVolume: { storage: 'disk', fsyncsPerS: 900 },
  pacePerS: [1_000, 990],
  speed: [
    {
      what: 'traffic',
      payments: 10,
      events: 900,
      searches: 12,
      simulatedMs: 60_000,
      wallMs: 1_000,
      paymentsPerS: 10,
      eventsPerS: 900,
      simulatedSPerWallS: 60,
      rssBytes: 90_000_000,
    },
  ],
};
const scratch = async (): Promise<string> => mkdtemp(join(tmpdir(), 'leyden-formats-'));

test('a report that version 0.1.0 wrote is read, kept to the byte, and made into every file that a person reads', async (t) => {
  const report = await readReport(GOLDEN.pathname);
  t.is(report.scenario, 'vpn-5hop');
  t.is(reportJson(report), await readFile(GOLDEN, 'utf8'));
  t.regex(reportHtml({ report, samples: [] }, await chartLibrary()), /All 7 thresholds passed/);
  t.regex(reportMarkdown({ report, samples: [] }), /All 7 thresholds passed/);
});

test('the committed schemas are those of the code', async (t) => {
  for (const [name, text] of Object.entries(schemas())) {
    const file = new URL(`../../reports/schema/${name}`, import.meta.url);
    const committed = await readFile(file, 'utf8');
    // Where somebody works the files are brought up to date, to be committed with what changed them; CI only judges.
    if (process.env.CI === undefined && committed !== text) {
      await writeFile(file, text);
      t.log(`${name} was stale and is written anew: commit it`);
    } else t.is(committed, text, `${name} is stale: npm run schemas`);
  }
  t.pass();
});

test('another reader of JSON Schema finds reports valid by the committed one, and a report that lacks a part invalid', async (t) => {
  const schema = JSON.parse(await readFile(new URL('../../reports/schema/report.schema.json', import.meta.url), 'utf8'));
  const valid = new Ajv2020({ strictTypes: false }).compile(schema);
  t.true(valid(JSON.parse(await readFile(GOLDEN, 'utf8'))), JSON.stringify(valid.errors));
  t.true(valid(JSON.parse(reportJson(fixture().report))), JSON.stringify(valid.errors));
  for (const key of Object.keys(schema.properties)) {
    if (!schema.required.includes(key)) continue;
    const { [key]: _, ...rest } = JSON.parse(reportJson(fixture().report));
    t.false(valid(rest), `${key} is missing, and the schema did not mind`);
  }
});

test('the schema names every part that a report has', (t) => {
  const { properties } = JSON.parse(schemas()['report.schema.json']!);
  const unnamed = (value: object, named: object) => Object.keys(value).filter((key) => !(key in named));
  t.deepEqual(unnamed(fixture().report, properties), []);
  t.deepEqual(unnamed(HOST, properties.host.properties), []);
});

test('all that a machine says of itself is read, and what cannot be is refused at its place', (t) => {
  const whole = { ...fixture().report, host: HOST };
  t.is(reportOf(whole, 'report.json'), whole);
  for (const [key, wrong] of Object.entries({ load1AtEnd: 'much', clockSource: 7, dataVolume: {}, pacePerS: [1_000], speed: {} }))
    t.throws(() => reportOf({ ...whole, host: { ...HOST, [key]: wrong } }, 'report.json'), {
      name: 'ScenarioError',
      message: new RegExp(`report\\.json: host\\.${key}`, 'u'),
    });
});

test('the report of a network too large to list is read', (t) => {
  const bounded = JSON.parse(reportJson(boundedReport(fixture({ edges: line(3_000), kind: 'simulated' }).report)));
  t.is(bounded.plan.network.channels.length, 0);
  t.is(reportOf(bounded, 'report.json'), bounded);
});

test('a plan that lacks what its readers use is refused by name, before anybody compares it', (t) => {
  const { report } = fixture();
  const { network, ...others } = report.plan;
  const { workloads: _, ...unworked } = report.plan;
  const plans = { network: others, 'network.nodes': { ...others, network: { ...network, nodes: [null] } }, workloads: unworked };
  for (const [place, plan] of Object.entries({ ...plans, 'network: ': {} })) {
    const error = t.throws(() => reportOf({ ...report, plan }, 'report.json'), { instanceOf: ScenarioError });
    t.true(error?.message.includes(`report.json: plan.${place}`), error?.message);
    t.is(error?.exitCode, 104);
  }
});

test('what a later version adds is let pass', (t) => {
  const later = { ...fixture().report, weather: 'thunder', metrics: [{ ...fixture().report.metrics[0], name: 'new_metric', more: 1 }] };
  t.is(reportOf(later, 'report.json'), later as never);
});

test('what is no report is refused with its place and a remedy', async (t) => {
  const folder = await scratch();
  const file = join(folder, 'report.json');
  const refused = async (place: string, message: RegExp) => {
    const error = await t.throwsAsync(readReport(place), { name: 'ScenarioError', message });
    t.regex((error as { hint?: string }).hint ?? '', /sim run|Leyden/);
  };
  await refused(join(folder, 'nowhere'), /nowhere: expected a report, nothing is there/);
  await refused(folder, /no report\.json is there/);
  await writeFile(file, '{"schema": "leyden.rep');
  await refused(folder, /report\.json: expected a report in JSON/);
  await writeFile(file, JSON.stringify({ schema: 'leyden.report/2' }));
  await refused(file, /expected schema leyden\.report\/1, found leyden\.report\/2/);
  await writeFile(file, JSON.stringify({ ...fixture().report, seed: 'one', metrics: 7 }));
  await refused(file, /report\.json: seed: .*\n.*report\.json: metrics: /);
  await truncate(file, 300 * 2 ** 20);
  await refused(file, /expected at most 268435456 B, found 314572800/);
  await rm(folder, { recursive: true });
});
