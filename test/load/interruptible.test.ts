import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'ava';

const PROGRAM = `
  import { setTimeout as sleep } from 'node:timers/promises';
  import { interruptible } from ${JSON.stringify(new URL('interruptible.ts', import.meta.url).href)};
  await interruptible(async (signal) => {
    await using network = { [Symbol.asyncDispose]: async () => void process.stdout.write('down') };
    process.stdout.write('up ');
    await sleep(60_000, undefined, { signal });
  });`;

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  test(`${signal} takes down what is up, and the program exits 105`, async (t) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], { stdio: ['ignore', 'pipe', 'ignore'] });
    t.teardown(() => child.kill('SIGKILL'));
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
      if (said === 'up ') child.kill(signal);
    });
    const [code] = await once(child, 'close');
    t.is(said, 'up down');
    t.is(code, 105);
  });
