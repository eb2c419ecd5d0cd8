import test from 'ava';
import { acquireProfile, type ImageSource } from '../../nodes/docker/images/acquire.ts';
import { PROFILES } from '../../nodes/docker/images/profiles.ts';
import { InfrastructureError } from '../../nodes/errors.ts';

/** An engine with a registry that serves `served`, and what was asked of it. */
function fakeSource({ here = [], served = [], builds = true }: { here?: string[]; served?: string[]; builds?: boolean }) {
  const images = new Set(here);
  const asked: string[] = [];
  const source: ImageSource = {
    has: async (ref) => images.has(ref),
    pull: async (ref) => {
      asked.push(`pull ${ref}`);
      if (!served.includes(ref)) throw new InfrastructureError(`pulling ${ref} failed: no such host`);
      images.add(ref);
    },
    build: async (ref) => {
      asked.push(`build ${ref}`);
      if (!builds) throw new InfrastructureError(`building ${ref} failed`);
      images.add(ref);
    },
  };
  const said: string[] = [];
  return { source, asked, said, progress: { line: (text: string) => void said.push(text), now() {} } };
}

const [official, polar, local] = PROFILES as unknown as [(typeof PROFILES)[0], (typeof PROFILES)[0], (typeof PROFILES)[0]];

test('auto pulls the official LND where a registry answers', async (t) => {
  const { source, asked, progress } = fakeSource({ served: [official.lnd, official.bitcoind] });
  t.is((await acquireProfile('auto', PROFILES, source, progress)).name, 'official');
  t.deepEqual(asked, [`pull ${official.lnd}`, `pull ${official.bitcoind}`]);
});

test('auto takes Polar’s images where only those are served', async (t) => {
  const { source, progress } = fakeSource({ served: [polar.lnd, polar.bitcoind] });
  t.is((await acquireProfile('auto', PROFILES, source, progress)).name, 'polar');
});

test('auto builds where no registry answers, and says what failed and what it does instead', async (t) => {
  const { source, asked, said, progress } = fakeSource({});
  t.is((await acquireProfile('auto', PROFILES, source, progress)).name, 'local');
  t.deepEqual(asked.slice(-2), [`build ${local.lnd}`, `build ${local.bitcoind}`]);
  t.regex(said.join('\n'), /no such host[\s\S]*falling back to the local profile \(build\)/);
});

for (const profile of PROFILES)
  test(`auto asks nothing of anybody when the ${profile.name} profile is here`, async (t) => {
    const { source, asked, said, progress } = fakeSource({ here: [profile.lnd, profile.bitcoind] });
    t.is((await acquireProfile('auto', PROFILES, source, progress)).name, profile.name);
    t.deepEqual([...asked, ...said], []);
  });

test('a profile asked for by name is pulled although another is here', async (t) => {
  const { source, asked, progress } = fakeSource({ here: [local.lnd, local.bitcoind], served: [polar.lnd, polar.bitcoind] });
  t.is((await acquireProfile('polar', PROFILES, source, progress)).name, 'polar');
  t.deepEqual(asked, [`pull ${polar.lnd}`, `pull ${polar.bitcoind}`]);
});

test('a profile asked for by name that cannot be pulled falls back to building, never to another pull', async (t) => {
  const { source, asked, progress } = fakeSource({ served: [polar.lnd, polar.bitcoind] });
  t.is((await acquireProfile('official', PROFILES, source, progress)).name, 'local');
  t.deepEqual(asked, [`pull ${official.lnd}`, `build ${local.lnd}`, `build ${local.bitcoind}`]);
});

test('the local profile never asks a registry', async (t) => {
  const { source, asked, progress } = fakeSource({ served: [official.lnd, official.bitcoind], here: [local.bitcoind] });
  t.is((await acquireProfile('local', PROFILES, source, progress)).name, 'local');
  t.deepEqual(asked, [`build ${local.lnd}`]);
});

test('when nothing works the last failure is thrown', async (t) => {
  const { source, progress } = fakeSource({ builds: false });
  await t.throwsAsync(acquireProfile('auto', PROFILES, source, progress), { instanceOf: InfrastructureError, message: /^building / });
});

test('a failure that is not the infrastructure’s is not papered over by a fallback', async (t) => {
  const { source, progress } = fakeSource({});
  const broken = { ...source, pull: () => Promise.reject(new TypeError('a bug')) };
  await t.throwsAsync(acquireProfile('auto', PROFILES, broken, progress), { instanceOf: TypeError });
});
