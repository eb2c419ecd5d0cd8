import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { packageRoot } from '../../nodes/docker/images/package-root.ts';

const NOWHERE = 'unix:///nowhere/docker.sock';

/** `sim` where DOCKER_HOST names a socket that does not exist: nothing on this machine can be reached or changed by it. */
async function simWithoutEngine(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [join(packageRoot, 'sim/cli.ts'), ...args], {
    env: { ...process.env, DOCKER_HOST: NOWHERE },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, stdout, stderr };
}

test('setup without an engine ends 2 with the socket it tried and the command that mends it', async (t) => {
  const { code, stderr } = await simWithoutEngine('setup');
  t.is(code, 2);
  t.true(stderr.includes(NOWHERE));
  t.regex(stderr, /npx sim setup --engine/);
  t.notRegex(stderr, /^ +at /m);
});

test('setup --engine installs nothing where DOCKER_HOST names an engine elsewhere', async (t) => {
  const { code, stderr } = await simWithoutEngine('setup', '--engine');
  t.is(code, 2);
  t.regex(stderr, /unset DOCKER_HOST/);
  t.notRegex(stderr, /apt-get|dockerd/);
});

test('a profile that does not exist is refused as an argument', async (t) => {
  const { code, stderr } = await simWithoutEngine('setup', '--profile', 'nonesuch');
  t.is(code, 104);
  t.regex(stderr, /profile/);
});

test('the doctor without an engine ends 2, and its JSON says so on stdout alone', async (t) => {
  const { code, stdout } = await simWithoutEngine('doctor', '--json');
  t.is(code, 2);
  const { findings } = JSON.parse(stdout) as { findings: { check: string; state: string; remedy: string | null }[] };
  t.is(findings.find(({ check }) => check === 'engine')?.state, 'missing');
});

test('the doctor prints each lack with its remedy', async (t) => {
  const { code, stdout, stderr } = await simWithoutEngine('doctor');
  t.is(code, 2);
  t.regex(stdout, /^LACK {2}engine .*\n +→ .*npx sim setup --engine/m);
  t.notRegex(stdout + stderr, /^ +at /m);
});
