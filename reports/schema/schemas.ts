/** The JSON Schemas that are committed beside this, generated from what the code itself reads and writes: `npm run schemas` makes them anew. */
import { writeFile } from 'node:fs/promises';
import { reportJsonSchema } from '../../sim/measure/report-schema.ts';
import { scenarioJsonSchema } from '../../sim/scenario/schema.ts';

/** File name → its text. */
export const schemas = (): Readonly<Record<string, string>> => ({
  'report.schema.json': text(reportJsonSchema()),
  'scenario.schema.json': text(scenarioJsonSchema()),
});

const text = (schema: unknown): string => `${JSON.stringify(schema, null, 2)}\n`;

if (import.meta.main) for (const [name, schema] of Object.entries(schemas())) await writeFile(new URL(name, import.meta.url), schema);
