/**
 * `npm run speed [name …]`: how fast the simulated network's core is on this machine, as JSON. Rates are per second of CPU of the one thread
 * that does the work; the wall's seconds stand beside them. Not a test: nothing fails here when a machine is slow.
 */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { FIGURES } from './figures.ts';

const [first, ...names] = process.argv.slice(2);

if (first === '--one') console.log(JSON.stringify(await FIGURES[names[0]!]!.measure()));
else {
  const wanted = first === undefined ? Object.keys(FIGURES) : [first, ...names];
  const unknown = wanted.filter((name) => !(name in FIGURES));
  if (unknown.length > 0) {
    console.error(`no figure is called ${unknown.join(', ')}; there are: ${Object.keys(FIGURES).join(', ')}`);
    process.exit(104);
  }
  const figures = Object.fromEntries(
    wanted.map((name) => {
      const { what, targets } = FIGURES[name]!;
      const out = execFileSync(process.execPath, [import.meta.filename, '--one', name], { encoding: 'utf8' });
      return [name, { what, targets, measured: JSON.parse(out) }];
    }),
  );
  console.log(JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, figures }, null, 2));
}
