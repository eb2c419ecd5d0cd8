/** Whether a container's port can be reached at 127.0.0.1, tried for real: everything we say to a node goes that way. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { Waiting } from '../../node.ts';
import { labelsOf, newRunId } from '../labels.ts';

const PORT = 9735;
const GREETING = 'leyden';
const TRIES_MAX = 20;
const RETRY_MS = 100;
const ANSWER_MS_MAX = 2_000;

/** Perl is in every Debian, Node only in one of our images. */
const SERVER = `use IO::Socket::INET; $s = IO::Socket::INET->new(Listen => 1, LocalPort => ${PORT}) or die $!; while ($c = $s->accept) { print $c "${GREETING}"; close $c }`;

/** null when the container's greeting arrived, else what happened instead. `image` must hold perl. */
export async function probePort(docker: Docker, image: string, { signal }: Waiting = {}): Promise<string | null> {
  let container: Docker.Container | undefined;
  try {
    container = await docker.createContainer({
      Image: image,
      Cmd: ['perl', '-e', SERVER],
      ExposedPorts: { [`${PORT}/tcp`]: {} },
      HostConfig: { PortBindings: { [`${PORT}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: '' }] } },
      Labels: labelsOf({ runId: newRunId(), keep: false }),
    });
    await container.start();
    const { NetworkSettings } = await container.inspect();
    const port = Number(NetworkSettings.Ports[`${PORT}/tcp`]?.[0]?.HostPort);
    if (!(port > 0)) return 'the engine published no port';
    return await greeted(port, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    return error instanceof Error ? error.message.trim() : String(error);
  } finally {
    await container?.remove({ force: true, v: true }).catch(() => {});
  }
}

async function greeted(port: number, { signal }: Waiting): Promise<string | null> {
  let last = '';
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    last = await answerOf(port);
    if (last === GREETING) return null;
    await sleep(RETRY_MS, undefined, signal ? { signal } : {});
  }
  return `127.0.0.1:${port} was published, but the container behind it did not answer (${last || 'closed at once'})`;
}

/** What the other side says before it closes, or the error's code. */
function answerOf(port: number): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ host: '127.0.0.1', port });
    socket.setTimeout(ANSWER_MS_MAX, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString('latin1')).slice(0, GREETING.length + 1);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      text = error.code ?? error.message;
    });
    socket.on('close', () => resolve(text));
  });
}
