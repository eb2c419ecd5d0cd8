import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ImageInspectInfo } from 'dockerode';
import { debianLike } from '../../nodes/docker/images/apt.ts';
import { hostCommand, onPath } from '../../nodes/docker/images/host-command.ts';
import { imageUse } from '../../nodes/docker/images/image-use.ts';
import { atLeast, goVersionIn } from '../../nodes/docker/images/lnd.ts';
import { lndVersionIn } from '../../nodes/docker/images/lnd-version.ts';
import { SILENT } from '../../nodes/docker/images/progress.ts';
import { hasOnionMessages } from '../../nodes/docker/images/resolve.ts';
import { caBundle, goArguments, proxyArguments } from '../../nodes/docker/images/trust.ts';

const inspected = (config: object): ImageInspectInfo => ({ Id: 'sha256:1', Architecture: 'amd64', Config: config }) as ImageInspectInfo;

// The three shapes as the images' own Dockerfiles declare them (Polar: docker/lnd/Dockerfile; LND: Dockerfile; ours: docker/lnd).
test('Polar’s LND is started through its entrypoint and entered as its user', (t) => {
  const polar = inspected({ Entrypoint: ['/entrypoint.sh'], Cmd: ['lnd'], Volumes: { '/home/lnd/.lnd': {} } });
  const { command, dataDir, execUser } = imageUse('polarlightning/lnd:0.20.0-beta', polar, 'lnd');
  t.deepEqual({ command, dataDir, execUser }, { command: ['lnd'], dataDir: '/home/lnd/.lnd', execUser: 'lnd' });
});

test('Polar’s bitcoind likewise, whose user has another name than its daemon', (t) => {
  const polar = inspected({ Entrypoint: ['/entrypoint.sh'], Cmd: ['bitcoind'], Volumes: { '/home/bitcoin/.bitcoin': {} } });
  const { command, dataDir, execUser } = imageUse('polarlightning/bitcoind:30.0', polar, 'bitcoind');
  t.deepEqual({ command, dataDir, execUser }, { command: ['bitcoind'], dataDir: '/home/bitcoin/.bitcoin', execUser: 'bitcoin' });
});

test('the official LND image is itself the command', (t) => {
  const official = inspected({ Entrypoint: ['lnd'], Volumes: { '/root/.lnd': {} } });
  const { command, dataDir, execUser } = imageUse('lightninglabs/lnd:v0.21.3-beta', official, 'lnd');
  t.deepEqual({ command, dataDir, execUser }, { command: [], dataDir: '/root/.lnd', execUser: '' });
});

test('an image without entrypoint or volume gets the daemon as its command and root’s home', (t) => {
  const { command, dataDir, execUser } = imageUse('leyden/lnd:x', inspected({ Entrypoint: null, Cmd: ['lnd'] }), 'lnd');
  t.deepEqual({ command, dataDir, execUser }, { command: ['lnd'], dataDir: '/root/.lnd', execUser: '' });
});

test('flags that an image gives its daemon stay, in its entrypoint or in its command', (t) => {
  const flag = '--channel-commit-interval=200ms';
  const commandOf = (config: object) => imageUse('mine', inspected(config), 'lnd').command;
  t.deepEqual(commandOf({ Entrypoint: null, Cmd: ['lnd', flag] }), ['lnd', flag]);
  t.deepEqual(commandOf({ Entrypoint: ['/bin/lnd', flag], Cmd: null }), []);
  t.deepEqual(commandOf({ Entrypoint: ['/bin/lnd'], Cmd: [flag] }), [flag]);
  t.deepEqual(commandOf({ Entrypoint: null, Cmd: ['sh', '-c', 'lnd'] }), ['lnd']);
});

test('the version is what lnd --version says, and an image that says something else is refused', (t) => {
  t.is(lndVersionIn('x', 'lnd version 0.21.3-beta commit=\n'), '0.21.3-beta');
  t.is(lndVersionIn('x', '\u0001\0\0\0\0\0\0+lnd version 0.20.99-beta.rc1 commit=v0.20\n'), '0.20.99-beta.rc1');
  t.throws(() => lndVersionIn('hello-world', 'Hello from Docker!'), {
    name: 'InfrastructureError',
    message: /^hello-world does not run LND/,
  });
});

test('onion messages exist from 0.21 on', (t) => {
  t.deepEqual(['0.20.1-beta', '0.21.0-beta', '0.21.3-beta', '1.0.0'].map(hasOnionMessages), [false, true, true, true]);
});

test('a Go serves when it is not older than what go.mod asks for', (t) => {
  t.is(goVersionIn('module x\n\ngo 1.25.13\n'), '1.25.13');
  t.deepEqual(
    ['1.26.8', '1.26', '1.25.13', '1.25.12', '1.24.99', '1.9.0'].map((found) => atLeast(found, '1.25.13')),
    [true, true, true, false, false, false],
  );
  t.throws(() => goVersionIn('module x'));
});

test('a build gets the proxies in both spellings and Go’s settings, and nothing else of the environment', (t) => {
  const env = { HTTPS_PROXY: 'http://p:1', no_proxy: 'localhost', GOPROXY: 'http://g', GOFLAGS: '', HOME: '/root', TOKEN: 'x' };
  t.deepEqual(proxyArguments(env), { HTTPS_PROXY: 'http://p:1', no_proxy: 'localhost' });
  t.deepEqual(goArguments(env), { HTTPS_PROXY: 'http://p:1', no_proxy: 'localhost', GOPROXY: 'http://g' });
});

test('every bundle of certificates that the environment names comes along, once, and one that is not there is passed over', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'leyden-test-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const extra = join(folder, 'extra.pem');
  await writeFile(extra, 'EXTRA');
  const times = async (env: NodeJS.ProcessEnv) =>
    Buffer.from(await caBundle(env))
      .toString()
      .split('EXTRA').length - 1;
  t.is(await times({ NODE_EXTRA_CA_CERTS: extra }), 1);
  t.is(await times({ NODE_EXTRA_CA_CERTS: extra, SSL_CERT_FILE: extra }), 1);
  t.is(await times({ NODE_EXTRA_CA_CERTS: extra, SSL_CERT_FILE: join(folder, 'absent.pem') }), 1);
  t.is(await times({}), 0);
});

// Lines of the os-release files that these systems ship.
test('Debian and what is made from it can be installed on, others not', (t) => {
  t.true(debianLike('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n'));
  t.true(debianLike('NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n'));
  t.true(debianLike('ID=linuxmint\nID_LIKE="ubuntu debian"\n'));
  t.false(debianLike('NAME="Fedora Linux"\nID=fedora\n'));
  t.false(debianLike('ID="rhel"\nID_LIKE="fedora"\nHOME_URL="https://not.debian.example"\n'));
  t.false(debianLike(''));
});

test('a host command that fails shows its last words and its code', async (t) => {
  const failing = hostCommand('sh', ['-c', 'echo out; echo last words >&2; exit 3'], { progress: SILENT, label: 'x', hint: 'try y' });
  const error = await t.throwsAsync(failing, { name: 'InfrastructureError', message: /ended with 3\n[\s\S]*last words/ });
  t.is((error as { hint?: string }).hint, 'try y');
});

test('a host command that does not exist is named', async (t) => {
  await t.throwsAsync(hostCommand('no-such-program-here', [], { progress: SILENT, label: 'x' }), {
    name: 'InfrastructureError',
    message: /no-such-program-here.*could not be started/,
  });
});

test('aborting a host command throws the reason', async (t) => {
  const reason = new Error('enough');
  const controller = new AbortController();
  const running = hostCommand('sleep', ['60'], { progress: SILENT, label: 'x', signal: controller.signal });
  controller.abort(reason);
  await t.throwsAsync(running, { is: reason });
});

test('programs in sbin folders are found though PATH leaves them out', async (t) => {
  t.true(await onPath('sh', { PATH: '' }));
  t.false(await onPath('no-such-program-here'));
});
