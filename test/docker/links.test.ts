/** The proxy in its container, between servers that are no LNDs: what LND makes of it is tested in kept-and-linked.test.ts. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { startContainer } from '../../nodes/docker/container.ts';
import { ensureRelayImage } from '../../nodes/docker/images/relay.ts';
import { labelsOf, newRunId } from '../../nodes/docker/labels.ts';
import { startLinks } from '../../nodes/docker/links.ts';
import { InfrastructureError } from '../../nodes/errors.ts';
import { LINK_CLEAN } from '../../nodes/plan.ts';
import { linePlan } from '../simulated/line.ts';
import { engineTest } from './with-engine.ts';

const RUN_DEADLINE_MS = 4 * 60_000;
const ECHO = "require('node:net').createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(9735)";

engineTest(
  'the proxy stands between peers by name, is cut, healed and degraded from outside, and says what it did',
  async (t, { docker }) => {
    t.timeout(RUN_DEADLINE_MS);
    const runId = newRunId();
    const labels = labelsOf({ runId, keep: false });
    await using stack = new AsyncDisposableStack();
    const network = await docker.createNetwork({ Name: `leyden-${runId}`, Labels: labels });
    stack.defer(() => network.remove());
    const image = (await ensureRelayImage(docker)).ref;
    const common = { docker, runId, labels, network: `leyden-${runId}` };
    for (const name of ['n0', 'n1'])
      stack.use(
        await startContainer(docker, {
          ...common,
          name: `leyden-${runId}-${name}`,
          hostname: name,
          image,
          command: ['node', '-e', ECHO],
          ports: [],
        }),
      );
    const plan = { ...linePlan(3), links: [{ ends: ['n0', 'n1'] as const, link: { ...LINK_CLEAN, delayMs: 30 } }] };
    const links = stack.use(await startLinks({ ...common, plan, image, logs: [] }));

    t.is(links.dialled('n1', 'n2'), null, 'an edge that has no link is dialled directly');
    const dial = async (from: string, to: string): Promise<Socket> => {
      const [host, port] = links.dialled(from, to)!.split(':');
      const socket = connect({ host: host!, port: Number(port) }).on('error', () => {});
      await once(socket, 'connect');
      return socket;
    };
    const echoed = async (socket: Socket, text: string): Promise<number> => {
      const from = performance.now();
      socket.write(text);
      const [answer] = await once(socket, 'data');
      t.is(String(answer), text);
      return performance.now() - from;
    };
    const socket = await dial('n0', 'n1');
    await echoed(socket, 'first');
    // Lower bounds only: a busy machine makes it longer, nothing may make it shorter.
    t.true((await echoed(socket, 'there and back')) > 58);
    await links.degrade('n1', 'n0', { ...LINK_CLEAN, delayMs: 150 });
    t.true((await echoed(socket, 'degraded')) > 298);
    await links.cut('n0', 'n1');
    const late = echoed(socket, 'through the black hole');
    t.is(await Promise.race([late, new Promise((resolve) => setTimeout(resolve, 500, 'nothing'))]), 'nothing');
    await links.heal('n0', 'n1');
    t.true((await late) > 500);
    const ended = new Promise((resolve) => socket.once('close', resolve));
    await links.cut('n1', 'n0', 'reset');
    await ended;
    await links.heal('n0', 'n1');
    const other = await dial('n1', 'n0');
    await echoed(other, 'the other way');
    other.destroy();
    await t.throwsAsync(links.cut('n1', 'n2'), { instanceOf: InfrastructureError, message: /no link stands between n1 and n2/ });
    const [found] = await links.findings();
    t.deepEqual(found?.ends, ['n0', 'n1']);
    t.is(found?.connections, 2);
    t.true(found!.bytes.every((bytes) => bytes > 0));
    t.true(found!.error!.count >= 10);
    t.log(`error of the proxy here: p50 ${found!.error!.p50} ms, p99 ${found!.error!.p99} ms, max ${found!.error!.max.toFixed(2)} ms`);
  },
);
