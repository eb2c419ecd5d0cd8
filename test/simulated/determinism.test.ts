import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { linePlan } from './line.ts';
import { traceOfMixedLoad } from './mixed-load.ts';
import { nodesOf, open, preimage } from './open.ts';

test('the same plan and seed leave the same trace, twice in one process and in another', async (t) => {
  const trace = await traceOfMixedLoad(7);
  t.regex(trace, /^[0-9a-f]{64}$/);
  t.is(await traceOfMixedLoad(7), trace);
  const program = fileURLToPath(new URL('mixed-load.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program, '7']);
  t.is(stdout.trim(), trace);
});

test('another seed leaves another trace', async (t) => {
  t.not(await traceOfMixedLoad(7), await traceOfMixedLoad(8));
});

test('a node more does not change who the others are', async (t) => {
  await using small = await open(linePlan(3));
  await using large = await open(linePlan(4));
  t.deepEqual(
    nodesOf(large)
      .slice(0, 3)
      .map(({ publicKey }) => publicKey),
    nodesOf(small).map(({ publicKey }) => publicKey),
  );
});

test('what the program does between its waits takes no virtual time', async (t) => {
  const run = async (pause: () => Promise<unknown>) => {
    await using network = await open(linePlan(2));
    const [n0, n1] = nodesOf(network);
    for (let index = 0; index < 5; index++) {
      await n0!.pay({ to: n1!.publicKey, amountMsat: 1, preimage: preimage(index), maxFeeMsat: 0 });
      const before = network.clock.now();
      await pause();
      t.is(network.clock.now(), before);
    }
    return network.trace;
  };
  // A real timer stands for whatever the machine does while nobody waits on the network.
  t.is(await run(() => new Promise((resolve) => setTimeout(resolve, 5))), await run(async () => {}));
});
