import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import test from 'ava';
import { serveOrigin } from '../../nodes/origin.ts';
import type { OriginPlan } from '../../nodes/plan.ts';
import { originsNear } from '../../nodes/simulated/origins.ts';
import { DEFAULT_PROFILE } from '../../nodes/simulated/profile/default.ts';
import { socketPair } from '../../nodes/simulated/sockets.ts';
import { Waits } from '../../nodes/simulated/waits.ts';
import { buildModel } from '../../nodes/simulated/world.ts';
import { linePlan } from './line.ts';

const ORIGINS: OriginPlan[] = [
  { name: 'shop', near: 'n1', port: 80 },
  { name: 'far', near: 'n0', port: 81 },
];

/** Runs the body with time passing. */
async function within<T>(body: (model: ReturnType<typeof buildModel>) => Promise<T>): Promise<T> {
  const model = buildModel({ ...linePlan(2), origins: ORIGINS });
  const release = model.time.hold();
  try {
    return await body(model);
  } finally {
    release();
  }
}

function pair(model: ReturnType<typeof buildModel>): [Duplex, Duplex] {
  return socketPair(model.time, DEFAULT_PROFILE.costs, () => {});
}

test('bytes arrive in order and whole, both ways at once, and each way ends on its own', async (t) => {
  await within(async (model) => {
    const [a, b] = pair(model);
    const up = Buffer.alloc(300_000, 'up');
    const down = Buffer.alloc(200_000, 'down');
    b.on('error', () => {});
    const heard = buffer(b).then(async (bytes) => {
      await pipeline([down], b, { end: true }).catch(() => {});
      return bytes;
    });
    a.end(up);
    const answer = await buffer(a);
    t.true((await heard).equals(up));
    t.true(answer.equals(down));
    t.true(model.time.nowUs > 0);
  });
});

test('a writer waits for a reader that does not read', async (t) => {
  await within(async (model) => {
    const [a] = pair(model);
    let written = 0;
    const write = () => {
      while (written < 100 && a.write(Buffer.alloc(16_384))) written += 1;
    };
    a.on('drain', write);
    write();
    await new Waits(model.time, 'test', true).clock().sleep(1_000);
    t.true(written * 16_384 < 4 * 65_536, `${written} chunks were taken with nobody reading`);
  });
});

test('an end that is destroyed resets the other', async (t) => {
  await within(async (model) => {
    const [a, b] = pair(model);
    const failed = new Promise<Error>((resolve) => b.once('error', resolve));
    b.resume();
    a.destroy();
    t.like(await failed, { code: 'ECONNRESET' });
  });
});

test('an origin is reached by the relay near it and by nobody else', async (t) => {
  await within(async (model) => {
    const waits = new Waits(model.time, 'relay', false);
    const near = (name: string) => originsNear(model.lnds.get(name)!, ORIGINS, waits, serveOrigin);
    const { resolve, dial } = near('n1');
    const [address] = await resolve('shop');
    t.is(address, '10.255.0.1');
    t.deepEqual(await resolve('10.0.0.1'), ['10.0.0.1']);
    await t.throwsAsync(resolve('far'), { code: 'ENOTFOUND' });
    await t.throwsAsync(dial(address!, 81), { code: 'ECONNREFUSED' });
    await t.throwsAsync(near('n0').dial(address!, 80), { code: 'ECONNREFUSED' });
    const socket = await dial(address!, 80);
    socket.end('GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n');
    t.regex((await buffer(socket)).toString(), /^HTTP\/1\.1 200 OK\r\n.*A Leyden origin/s);
  });
});
