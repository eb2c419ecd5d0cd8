/** report.json and the schemas are contracts: what was written once is read for ever, and what is committed says what the code does. */
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import test from 'ava';
import { chartLibrary } from '../../reports/html/chart-library.ts';
import { reportHtml } from '../../reports/html/page.ts';
import { reportJson } from '../../reports/json.ts';
import { reportMarkdown } from '../../reports/markdown.ts';
import { schemas } from '../../reports/schema/schemas.ts';
import { readReport, reportOf } from '../../sim/measure/read-report.ts';
import { fixture } from './fixture.ts';

const GOLDEN = new URL('./golden/vpn-5hop.report.json', import.meta.url);
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
  t.deepEqual(
    Object.keys(fixture().report).filter((key) => !(key in properties)),
    [],
  );
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
