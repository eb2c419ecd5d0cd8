/**
 * `npm run speed [name …]`: how fast the simulated network's core is on this machine, as JSON. Rates are per second of CPU of the one thread
 * that does the work; the wall's seconds stand beside them. Not a test: nothing fails here when a machine is slow.
 *
 * With huge pages, where this machine's glibc and kernel have them: tens of megabytes of columns are read all over, and with pages of 4 kB most
 * reads wait for the page table too. Only who starts a process can ask for them: GLIBC_TUNABLES=glibc.malloc.hugetlb=1 before `sim` does the same.
 */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { FIGURES } from './figures.ts';

/** glibc 2.35 and later, Linux: madvise(MADV_HUGEPAGE) for what malloc maps. Others do not know it and read past it. */
const tunables = process.env.GLIBC_TUNABLES ?? 'glibc.malloc.hugetlb=1';
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
      const env = { ...process.env, GLIBC_TUNABLES: tunables };
      const out = execFileSync(process.execPath, [import.meta.filename, '--one', name], { encoding: 'utf8', env });
      return [name, { what, targets, measured: JSON.parse(out) }];
    }),
  );
  console.log(JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, tunables, figures }, null, 2));
}
