/** Which LND is in an image: from its tag where the tag says so, else by asking `lnd --version` in a container that starts nothing. */
import type Docker from 'dockerode';
import { InfrastructureError } from '../../errors.ts';
import type { Waiting } from '../../node.ts';
import { labelsOf, newRunId } from '../labels.ts';
import type { ImageUse } from './image-use.ts';

/** Repositories whose tags are LND's own versions; anybody else's tag may say what it likes. */
const TRUSTED = /^(?:leyden\/lnd|lightninglabs\/lnd|polarlightning\/lnd):v?(\d+\.\d+\.\d+[^\s]*)$/;
const ANSWER_MS_MAX = 30_000;

/** e.g. 0.21.3-beta. Throws InfrastructureError when the image holds no LND that runs here. */
export async function lndVersion(docker: Docker, use: ImageUse, { signal }: Waiting = {}): Promise<string> {
  const tagged = TRUSTED.exec(use.ref)?.[1];
  if (tagged !== undefined) return tagged;
  signal?.throwIfAborted();
  const container = await docker.createContainer({
    Image: use.id,
    Cmd: [...use.command, '--version'],
    NetworkDisabled: true,
    Labels: labelsOf({ runId: newRunId(), keep: false }),
  });
  try {
    await container.start();
    const abortSignal = AbortSignal.any([AbortSignal.timeout(ANSWER_MS_MAX), ...(signal ? [signal] : [])]);
    await container.wait({ abortSignal });
    const output = (await container.logs({ stdout: true, stderr: true })).toString('latin1');
    return lndVersionIn(use.ref, output);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof InfrastructureError) throw error;
    throw new InfrastructureError(`${use.ref} does not run LND: ${error instanceof Error ? error.message.trim() : String(error)}`, {
      cause: error,
      hint: 'the image must hold `lnd`, for this engine’s architecture',
    });
  } finally {
    await container.remove({ force: true, v: true });
  }
}

/** The version in what `lnd --version` prints: "lnd version 0.21.3-beta commit=…". */
export function lndVersionIn(ref: string, output: string): string {
  const version = /lnd version (\d+\.\d+\.\d+\S*)/.exec(output)?.[1];
  if (version === undefined)
    throw new InfrastructureError(
      `${ref} does not run LND: expected "lnd version …" from lnd --version, it said ${JSON.stringify(output.slice(-200))}`,
    );
  return version;
}
