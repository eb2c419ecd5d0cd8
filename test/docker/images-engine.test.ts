import { Writable } from 'node:stream';
import { gatherFacts } from '../../nodes/docker/doctor/facts.ts';
import { findingsOf } from '../../nodes/docker/doctor/findings.ts';
import { buildImage } from '../../nodes/docker/images/build.ts';
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

engineTest('what a labelled stage leaves behind is removed once the image stands', async (t, { docker }) => {
  const ref = 'leyden-test/stages:1';
  const dockerfile = `FROM leyden/base:sid AS build\nRUN echo ${t.title} > /made\nLABEL leyden.stage=build\nFROM leyden/base:sid\nCOPY --from=build /made /made\n`;
  await buildImage(docker, { ref, context: [{ path: 'Dockerfile', content: Buffer.from(dockerfile) }], progress: SILENT });
  t.teardown(() => docker.getImage(ref).remove());
  t.deepEqual(await docker.listImages({ filters: { label: ['leyden.stage=build'] } }), []);
  t.not(await inspectImage(docker, ref), null);
});

engineTest('a build that fails shows its last words', async (t, { docker }) => {
  const dockerfile = 'FROM leyden/base:sid\nRUN echo last words && exit 3\n';
  const request = { ref: 'leyden-test/fails:1', context: [{ path: 'Dockerfile', content: Buffer.from(dockerfile) }], progress: SILENT };
  await t.throwsAsync(buildImage(docker, request), {
    name: 'InfrastructureError',
    message: /returned a non-zero code: 3[\s\S]*last words/,
  });
});

engineTest('aborting a build ends it with the reason, and leaves no image', async (t, { docker }) => {
  const ref = 'leyden-test/aborted:1';
  const dockerfile = 'FROM leyden/base:sid\nRUN echo running && sleep 60\n';
  const controller = new AbortController();
  const reason = new Error('enough');
  const progress = { line() {}, now: (text: string) => void (text.endsWith('running') && controller.abort(reason)) };
  const request = { ref, context: [{ path: 'Dockerfile', content: Buffer.from(dockerfile) }], progress, signal: controller.signal };
  await t.throwsAsync(buildImage(docker, request), { is: reason });
  t.is(await inspectImage(docker, ref), null);
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
