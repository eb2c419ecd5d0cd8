import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { DeadlineError, InfrastructureError } from '../../nodes/errors.ts';
import { linePlan } from './line.ts';
import { nodesOf, open, preimage } from './open.ts';

const PAYMENT = { amountMsat: 1_000, maxFeeMsat: 100_000 };

test('a network that cannot become quiet says which channel still holds an HTLC', async (t) => {
  await using network = await open(linePlan(3));
  const [n0, n1, n2] = nodesOf(network);
  const stop = new AbortController();
  const paying = n0!.pay({ ...PAYMENT, to: n2!.publicKey, preimage: preimage(1), signal: stop.signal });
  await network.clock.sleep(90);
  await n1!.disconnect(n0!.publicKey);
  const late = await t.throwsAsync(network.quiet(), { instanceOf: DeadlineError });
  t.regex(late!.message, /n0-n1 has 1/);
  stop.abort(new Error('enough'));
  await t.throwsAsync(paying, { message: 'enough' });
  t.is((await n0!.lookUpPayment(hashOf(1))).state, 'pending', 'giving a wait up does not end the payment');
  await n1!.connect(n0!.publicKey, n0!.socket);
  await network.quiet();
  t.not((await n0!.lookUpPayment(hashOf(1))).state, 'pending');
});

test('every node writes a log of its own, without preimages', async (t) => {
  await using network = await open(linePlan(2));
  const [n0, n1] = nodesOf(network);
  const failing = { ...PAYMENT, amountMsat: 9_000_000_000, to: n1!.publicKey, preimage: preimage(77) };
  await t.throwsAsync(n0!.pay(failing));
  const folder = await mkdtemp(join(tmpdir(), 'leyden-logs-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await network.writeLogs(folder);
  t.deepEqual((await readdir(folder)).sort(), ['n0.log', 'n1.log']);
  const log = await readFile(join(folder, 'n0.log'), 'utf8');
  t.regex(log, /failed: INSUFFICIENT_BALANCE/);
  t.false(log.includes(Buffer.from(failing.preimage).toString('hex')));
});

test('who still waits when the network is closed is told so', async (t) => {
  const network = await open(linePlan(2));
  const sleeping = network.clock.sleep(1_000_000, { passive: true });
  await network[Symbol.asyncDispose]();
  await t.throwsAsync(sleeping, { instanceOf: InfrastructureError, message: /closed/ });
  await t.throwsAsync(nodesOf(network)[0]!.height(), { instanceOf: InfrastructureError });
});

test('a channel whose opener could not keep its reserve is refused, as LND refuses to open it', async (t) => {
  const refused = await t.throwsAsync(open(linePlan(2, { capacitySat: 6_000 })), { instanceOf: InfrastructureError });
  t.regex(refused!.message, /n0-n1.*reserve/);
});

function hashOf(number: number): Uint8Array {
  return createHash('sha256').update(preimage(number)).digest();
}
