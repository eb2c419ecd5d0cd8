/** `sim calibrate` before it measures anything. */
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { networkOf, PROBE_PLANS } from '../../sim/calibrate/plans.ts';
import { scenarioOf } from '../../sim/scenario/read.ts';
import { fingerprint } from '../../sim/validate/fingerprint.ts';
import { scratch } from '../commands/scratch.ts';

const execute = promisify(execFile);

test('a profile that cannot be read, or not be written, ends it before minutes are spent', async (t) => {
  const folder = await scratch(t);
  const unread = await sim('calibrate', '--from', join(folder, 'none.json'), '--out', join(folder, 'profile.json'));
  t.is(unread.code, 104);
  t.regex(unread.stderr, /none\.json: cannot be read/);
  const unwritten = await sim('calibrate', '--out', '/proc/none/profile.json');
  t.is(unwritten.code, 2);
  t.regex(unwritten.stderr, /the profile cannot be written to/);
});

test('without docker it says so, and leaves no profile behind', async (t) => {
  const file = join(await scratch(t), 'profile.json');
  const { code, stderr } = await sim('calibrate', '--out', file);
  t.is(code, 2);
  t.regex(stderr, /the docker network is not ready here/);
  await t.throwsAsync(access(file));
});

test('its probe networks are two and three nodes of its own: no scenario of the repository asks the same', (t) => {
  const own = PROBE_PLANS.map((plan) => fingerprint({ network: networkOf(plan), workloads: [] }));
  t.deepEqual([...new Set(PROBE_PLANS.map((plan) => networkOf(plan).nodes.length))], [2, 3]);
  const files = globSync('scenarios/**/*.yaml');
  t.true(files.length > 5);
  for (const file of files) {
    const { network } = scenarioOf(file, readFileSync(file, 'utf8')).plan;
    t.false(own.includes(fingerprint({ network, workloads: [] })), file);
  }
});

async function sim(...args: readonly string[]): Promise<{ code: number; stderr: string }> {
  try {
    const env = { ...process.env, DOCKER_HOST: 'unix:///nonexistent' };
    return { code: 0, ...(await execute(process.execPath, ['sim/cli.ts', ...args], { env })) };
  } catch (error) {
    return error as { code: number; stderr: string };
  }
}
