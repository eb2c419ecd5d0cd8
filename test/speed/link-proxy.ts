/**
 * How true the link proxy is, and how fast: `npm run speed:links` prints JSON. The proxy runs in a process of its own, as on docker; sender and
 * receiver are this process, so that one clock times both. An unshaped connection past the proxy is the floor that is taken off.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProxyConfiguration } from '../../nodes/docker/proxy/configuration.ts';
import { LINK_CLEAN, type LinkPlan } from '../../nodes/plan.ts';

const DELAYS_MS = [1, 2, 5, 10, 20, 50, 100, 200];
const PROBES = 300;
const PROBE_BYTES = 64;
const GAP_MS = 7;
const STREAM_BYTES = 2 ** 30;
const CHUNK = Buffer.alloc(256 * 1024);
const FIRST_PORT = 24_100;

const links: readonly LinkPlan[] = [LINK_CLEAN, ...DELAYS_MS.map((delayMs) => ({ ...LINK_CLEAN, delayMs }))];
const rates = [125_000, 1_250_000, 12_500_000].map((rateBytesPerS): LinkPlan => ({ ...LINK_CLEAN, rateBytesPerS }));

const arrived: ((atMs: number) => void)[] = [];
let received = 0;
let whole: { readonly bytes: number; readonly done: () => void } | undefined;
const target = createServer({ noDelay: true }, (socket) =>
  socket.on('data', (bytes) => {
    const now = performance.now();
    received += bytes.length;
    if (whole === undefined) for (let at = 0; at < bytes.length; at += PROBE_BYTES) arrived.shift()?.(now);
    else if (received >= whole.bytes) whole.done();
  }),
).listen(0, '127.0.0.1');
await once(target, 'listening');
const targetPort = (target.address() as AddressInfo).port;

const folder = await mkdtemp(join(tmpdir(), 'leyden-link-speed-'));
const configuration: ProxyConfiguration = {
  seed: 1,
  control: { host: '127.0.0.1', port: 0, token: 'measuring' },
  edges: [...links, ...rates].map((link, index) => ({
    ends: [0, 1].map((end) => ({
      name: `n${2 * index + end}`,
      listenPort: FIRST_PORT + 2 * index + end,
      target: { host: '127.0.0.1', port: targetPort },
    })) as never,
    link,
  })),
};
const file = join(folder, 'links.json');
await writeFile(file, JSON.stringify(configuration));
const proxy = spawn(process.execPath, [join(import.meta.dirname, '../../nodes/docker/proxy/start.ts'), file], { stdio: 'pipe' });
await once(proxy.stdout, 'data');

try {
  const direct = await probe(targetPort, 0);
  const delays = [];
  for (const [index, { delayMs }] of links.entries()) {
    const travels = await probe(FIRST_PORT + 2 * index, delayMs);
    const errors = travels.map((ms) => ms - delayMs);
    delays.push({ delayMs, ...spread(errors) });
  }
  const throughput = [];
  for (let round = 0; round < 3; round++) throughput.push(Math.round((await stream(FIRST_PORT, STREAM_BYTES)) / 1e6));
  const shaped = [];
  for (const [index, { rateBytesPerS }] of rates.entries()) {
    const bytes = Math.max(500_000, rateBytesPerS! * 2);
    const measured = await stream(FIRST_PORT + 2 * (links.length + index), bytes);
    shaped.push({ rateBytesPerS, ratio: Number((measured / rateBytesPerS!).toFixed(4)) });
  }
  const answer = {
    what: 'link proxy: error of the one-way time in ms (p1, p50, p99), unshaped MB/s, rate reached over rate asked',
    host: { cores: availableParallelism(), cpu: cpus()[0]?.model, load1: loadavg()[0], node: process.version },
    pastTheProxyMs: spread(direct),
    delays,
    unshapedMBPerS: throughput,
    directMBPerS: Math.round((await stream(targetPort, STREAM_BYTES)) / 1e6),
    rates: shaped,
  };
  console.log(JSON.stringify(answer, null, 2));
} finally {
  proxy.kill();
  target.close();
  await rm(folder, { recursive: true });
}
process.exit(0);

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** One-way times of probes that leave some milliseconds apart. */
async function probe(port: number, delayMs: number): Promise<number[]> {
  const socket = await dial(port);
  await delay(3 * delayMs + 20);
  const travels: Promise<number>[] = [];
  for (let count = 0; count < PROBES; count++) {
    const sent = performance.now();
    travels.push(new Promise((resolve) => arrived.push((now) => resolve(now - sent))));
    socket.write(Buffer.alloc(PROBE_BYTES));
    await delay(GAP_MS * Math.random() + 1);
  }
  const all = await Promise.all(travels);
  socket.destroy();
  return all;
}

/** Bytes a second at the receiver, from the first written to the last received. */
async function stream(port: number, bytes: number): Promise<number> {
  const socket = await dial(port);
  await delay(20);
  received = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  whole = { bytes, done: resolve };
  const from = performance.now();
  for (let sent = 0; sent < bytes; sent += CHUNK.length) {
    const part = CHUNK.subarray(0, Math.min(CHUNK.length, bytes - sent));
    if (!socket.write(part)) await once(socket, 'drain');
  }
  await promise;
  const seconds = (performance.now() - from) / 1_000;
  socket.destroy();
  whole = undefined;
  return bytes / seconds;
}

function spread(values: readonly number[]) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => Number(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(3));
  return { p1: at(0.01), p50: at(0.5), p99: at(0.99), max: at(1) };
}
