import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { architectureOf, connectEngine, engineAddress, olderThan, unreachable } from '../../nodes/docker/engine.ts';

async function socketFolder(t: { teardown(fn: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'leyden-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Answers as an engine's HTTP API does. */
async function fakeEngine(path: string, version: object): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(request.url?.includes('_ping') ? 'OK' : JSON.stringify(version));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}

test('an engine that answers is described in the words of images', async (t) => {
  const path = join(await socketFolder(t), 'docker.sock');
  await using _ = await fakeEngine(path, { Version: '28.2.2', ApiVersion: '1.50', Os: 'linux', Arch: 'x86_64' });
  const { docker: _docker, ...rest } = await connectEngine({}, { DOCKER_HOST: `unix://${path}` });
  t.deepEqual(rest, { address: `unix://${path}`, version: '28.2.2', apiVersion: '1.50', os: 'linux', architecture: 'amd64' });
});

test('an engine that is too old is refused by its version', async (t) => {
  const path = join(await socketFolder(t), 'docker.sock');
  await using _ = await fakeEngine(path, { Version: '18.09.1', ApiVersion: '1.39', Os: 'linux', Arch: 'amd64' });
  await t.throwsAsync(connectEngine({}, { DOCKER_HOST: `unix://${path}` }), {
    name: 'InfrastructureError',
    message: /too old: expected API 1\.41 or later, it is 18\.09\.1 with API 1\.39/,
  });
});

test('where no engine is, the socket that was tried and the command that mends it are named', async (t) => {
  const path = join(await socketFolder(t), 'docker.sock');
  const error = await t.throwsAsync(connectEngine({}, { DOCKER_HOST: `unix://${path}` }), { name: 'InfrastructureError' });
  t.true(error.message.includes(path));
  t.regex((error as { hint?: string }).hint ?? '', /npx sim setup --engine/);
});

test('an aborted connection throws the reason, not the engine’s absence', async (t) => {
  const reason = new Error('enough');
  await t.throwsAsync(connectEngine({ signal: AbortSignal.abort(reason) }, { DOCKER_HOST: 'unix:///nowhere' }), { is: reason });
});

test('a socket that this user may not open is told apart from an engine that is down', (t) => {
  const refused = unreachable('unix:///var/run/docker.sock', Object.assign(new Error('x'), { code: 'EACCES' }));
  t.regex(refused.hint ?? '', /usermod -aG docker/);
  const down = unreachable('unix:///var/run/docker.sock', Object.assign(new Error('x'), { code: 'ECONNREFUSED' }));
  t.regex(down.hint ?? '', /systemctl start docker/);
});

test('DOCKER_HOST wins, then the first socket that exists, then the usual one', (t) => {
  const env = { HOME: '/home/x', XDG_RUNTIME_DIR: '/run/user/1000' };
  const only = (path: string) => (candidate: string) => candidate === path;
  t.is(
    engineAddress({ ...env, DOCKER_HOST: 'tcp://10.0.0.1:2375' }, () => true),
    'tcp://10.0.0.1:2375',
  );
  t.is(engineAddress(env, only('/run/user/1000/docker.sock')), 'unix:///run/user/1000/docker.sock');
  t.is(engineAddress(env, only('/home/x/.colima/default/docker.sock')), 'unix:///home/x/.colima/default/docker.sock');
  t.is(
    engineAddress(env, () => false),
    'unix:///var/run/docker.sock',
  );
});

test('API versions are compared as numbers', (t) => {
  t.true(olderThan('1.9', '1.41'));
  t.false(olderThan('1.41', '1.41'));
  t.false(olderThan('2.0', '1.41'));
});

test('architectures are named as images name them', (t) => {
  t.deepEqual(['x86_64', 'aarch64', 'amd64', 'arm64', 's390x'].map(architectureOf), ['amd64', 'arm64', 'amd64', 'arm64', 's390x']);
});
