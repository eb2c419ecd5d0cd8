/** What a GitHub job shows on its page: markdown at the end of the file that GITHUB_STEP_SUMMARY names. Unset: nothing is written. */
import { appendFile, stat } from 'node:fs/promises';
import { InfrastructureError } from '../nodes/errors.ts';

/** GitHub refuses a step's summary above 1 MiB, all of it. */
const SUMMARY_BYTES_MAX = 1_048_576;
const LEFT_OUT = '\n\nThis summary was cut short: GitHub shows at most 1 MiB.\n';

/** Throws InfrastructureError where the file cannot be written to. */
export async function jobSummary(markdown: string, file: string | undefined = process.env.GITHUB_STEP_SUMMARY): Promise<void> {
  if (file === undefined || file === '') return;
  try {
    const { size } = await stat(file).catch(() => ({ size: 0 }));
    const room = SUMMARY_BYTES_MAX - size;
    const bytes = Buffer.from(`${markdown}\n`);
    if (bytes.length <= room) return await appendFile(file, bytes);
    if (room <= LEFT_OUT.length) return;
    // A character cut in half becomes U+FFFD and three bytes.
    const cut = bytes.subarray(0, room - LEFT_OUT.length - 3).toString();
    await appendFile(file, `${cut}${LEFT_OUT}`);
  } catch (cause) {
    throw new InfrastructureError(`GITHUB_STEP_SUMMARY: ${file} cannot be written to: ${(cause as Error).message}`, {
      cause,
      hint: 'unset it, or make the file writable',
    });
  }
}
