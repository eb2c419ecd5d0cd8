/** A container that the kernel ended for want of memory says so, with its limit. */
import { startContainer } from '../../nodes/docker/container.ts';
import { ensureRelayImage } from '../../nodes/docker/images/relay.ts';
import { labelsOf, newRunId } from '../../nodes/docker/labels.ts';
import { ProcessEndedError } from '../../nodes/errors.ts';
import { engineTest } from './with-engine.ts';

const MEMORY_BYTES = 64 * 2 ** 20;
const DEADLINE_MS = 120_000;
/** Ends by itself where no limit holds, before the machine is out of memory. Not at once: a container that has ended has no address. */
const HUNGRY = 'setTimeout(() => { const held = []; for (let n = 0; n < 64; n++) held.push(Buffer.alloc(2 ** 23, 1)); }, 1000)';

engineTest('a program that takes more memory than its container may have ends, and is told with the limit', async (t, { docker }) => {
  t.timeout(DEADLINE_MS);
  const runId = newRunId();
  const labels = labelsOf({ runId, keep: false });
  const name = `leyden-${runId}`;
  const { ref: image } = await ensureRelayImage(docker);
  const network = await docker.createNetwork({ Name: name, Labels: labels });
  t.teardown(() => network.remove());
  await using container = await startContainer(docker, {
    name: `${name}-hungry`,
    hostname: 'hungry',
    image,
    command: ['node', '-e', HUNGRY],
    labels,
    network: name,
    ports: [],
    memoryBytes: MEMORY_BYTES,
  });
  await docker.getContainer(container.id).wait({ abortSignal: AbortSignal.timeout(DEADLINE_MS / 2) });
  const error = await t.throwsAsync(container.assertRunning(), { instanceOf: ProcessEndedError });
  t.regex(error.message, /^hungry ended by itself \(exit code 137, (likely )?out of memory: its limit is 64 MiB\)/);
  t.regex(error.hint ?? '', /raise the memory of hungry/);
});
