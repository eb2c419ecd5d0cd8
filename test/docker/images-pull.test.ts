import { inspectImage } from '../../nodes/docker/images/present.ts';
import { pullImage } from '../../nodes/docker/images/pull.ts';
import { tinyRegistry } from './tiny-registry.ts';
import { engineTest } from './with-engine.ts';

engineTest('an image that a registry serves is pulled, and each layer is told of', async (t, { docker, architecture }) => {
  await using registry = await tinyRegistry('leyden-test', architecture);
  const ref = `${registry.host}/leyden-test:1`;
  const lines: string[] = [];
  await pullImage(docker, ref, { line: (text) => void lines.push(text), now() {} });
  t.teardown(() => docker.getImage(ref).remove());
  t.is((await inspectImage(docker, ref))?.Architecture, architecture);
  t.regex(lines.join('\n'), /pulling\n.*layer [0-9a-f]+ complete/);
});

engineTest('an image that a registry does not have is refused with the registry’s words', async (t, { docker, architecture }) => {
  await using registry = await tinyRegistry('leyden-test', architecture);
  const ref = `${registry.host}/leyden-test:absent`;
  await t.throwsAsync(pullImage(docker, ref, { line() {}, now() {} }), {
    name: 'InfrastructureError',
    message: /^pulling localhost:\d+\/leyden-test:absent failed: .*unknown/,
  });
});

engineTest('a registry that is not there fails rather than hangs', async (t, { docker, architecture }) => {
  const registry = await tinyRegistry('leyden-test', architecture);
  await registry[Symbol.asyncDispose]();
  await t.throwsAsync(pullImage(docker, `${registry.host}/leyden-test:1`, { line() {}, now() {} }), {
    name: 'InfrastructureError',
    message: /connection refused/,
  });
});
