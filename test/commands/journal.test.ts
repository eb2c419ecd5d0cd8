import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { ScenarioError } from '../../nodes/errors.ts';
import { openJournal } from '../../sim/commands/node/journal.ts';
import { scratch } from './scratch.ts';

test('what was written is there again, the last value of each key, in order of keys', async (t) => {
  const file = join(await scratch(t), 'journal.sqlite');
  {
    using journal = openJournal(file);
    await journal.write([
      { key: 'a/2', value: 'two' },
      { key: 'a/1', value: 'one' },
      { key: 'b', value: 'else' },
    ]);
    void journal.write([{ key: 'a/2', value: null }], { lazy: true });
    void journal.write([{ key: 'a/3', value: 'three' }], { lazy: true });
  }
  using journal = openJournal(file);
  t.deepEqual(journal.read('a/'), [
    ['a/1', 'one'],
    ['a/3', 'three'],
  ]);
  t.is((await stat(file)).mode & 0o777, 0o600);
});

test('a journal has one relay: a second is refused by name', async (t) => {
  const file = join(await scratch(t), 'journal.sqlite');
  using _journal = openJournal(file);
  t.throws(() => openJournal(file), { instanceOf: ScenarioError, message: /journal/ });
});

test('what write resolved for survives kill -9', async (t) => {
  const file = join(await scratch(t), 'journal.sqlite');
  const module = new URL('../../sim/commands/node/journal.ts', import.meta.url).href;
  const program = `
    const { openJournal } = await import(${JSON.stringify(module)});
    const journal = openJournal(${JSON.stringify(file)});
    for (let index = 0; ; index++) {
      await journal.write([{ key: 'n', value: String(index) }]);
      if (index === 50) process.stdout.write('enough');
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout!, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  using journal = openJournal(file);
  const [[, value]] = journal.read('n') as [readonly [string, string]];
  t.true(Number(value) >= 50);
});
