import { Writable } from 'node:stream';
import { gatherFacts } from '../../nodes/docker/doctor/facts.ts';
import { findingsOf } from '../../nodes/docker/doctor/findings.ts';
import { inspectImage } from '../../nodes/docker/images/present.ts';
import { SILENT } from '../../nodes/docker/images/progress.ts';
import { ensureRelayImage } from '../../nodes/docker/images/relay.ts';
import { resolveImages } from '../../nodes/docker/images/resolve.ts';
import { setUpImages } from '../../nodes/docker/images/set-up.ts';
import { engineTest } from './with-engine.ts';

engineTest('setting up twice changes nothing the second time', async (t, engine) => {
  const request = { choice: 'auto', mayInstall: false, progress: SILENT } as const;
  const first = await setUpImages(engine, request);
  const second = await setUpImages(engine, request);
  // Sources that somebody edited in between make another relay image: that is no fault of setting up twice.
  t.is(second.changed, second.relay !== first.relay);
  t.is(second.profile, first.profile);
});

engineTest('a network’s images are here, for this engine’s architecture', async (t, { docker, architecture }) => {
  const { lnd, bitcoind } = await resolveImages(docker, 'auto');
  const relay = await ensureRelayImage(docker);
  t.deepEqual([lnd.architecture, bitcoind.architecture, relay.architecture], [architecture, architecture, architecture]);
});

engineTest('an LND image under any name says its version itself', async (t, { docker }) => {
  const { lnd } = await resolveImages(docker, 'auto');
  await docker.getImage(lnd.ref).tag({ repo: 'leyden-test/lnd', tag: 'mine' });
  t.teardown(() => docker.getImage('leyden-test/lnd:mine').remove());
  const mine = await resolveImages(docker, 'leyden-test/lnd:mine');
  t.is(mine.lnd.version, lnd.version);
  t.is(mine.lnd.onionMessages, lnd.onionMessages);
});

engineTest('an image that holds no LND is refused by name', async (t, { docker }) => {
  await t.throwsAsync(resolveImages(docker, 'leyden/base:sid'), {
    name: 'InfrastructureError',
    message: /^leyden\/base:sid does not run LND/,
  });
});

engineTest('an image that is not here is refused with what to try', async (t, { docker }) => {
  const error = await t.throwsAsync(resolveImages(docker, 'leyden-test/absent:1'), {
    name: 'InfrastructureError',
    message: /leyden-test\/absent:1/,
  });
  t.regex((error as { hint?: string }).hint ?? '', /docker pull leyden-test\/absent:1/);
});

engineTest('the relay image runs our TypeScript and finds its packages', async (t, { docker }) => {
  const { ref } = await ensureRelayImage(docker);
  t.not(await inspectImage(docker, ref), null);
  let output = '';
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      output += chunk.toString();
      done();
    },
  });
  const script = `const { PayloadTooLargeError } = await import('./nodes/errors.ts'); await import('ln-service'); process.stdout.write(new PayloadTooLargeError('keysend', 2, 1).name)`;
  const [{ StatusCode }, container] = await docker.run(ref, ['node', '--input-type=module', '-e', script], sink, { Tty: true });
  await container.remove();
  t.is(`${StatusCode} ${output.trim()}`, '0 PayloadTooLargeError');
});

engineTest('the doctor tries a published port and finds every check either good or with a remedy', async (t, engine) => {
  const facts = await gatherFacts();
  t.true(facts.engine.answers);
  t.is(facts.engine.answers ? facts.engine.port : undefined, null);
  t.is(facts.engine.answers ? facts.engine.version : undefined, engine.version);
  t.deepEqual(
    findingsOf(facts).filter(({ state, remedy }) => state !== 'good' && remedy === null),
    [],
  );
});
