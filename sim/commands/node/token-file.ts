/** The token that callers of a relay's API must show, in a file that its owner alone reads. */
import { randomBytes } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { ScenarioError } from '../../../nodes/errors.ts';

const TOKEN_BYTES = 32;
const TOKEN_CHARS_MIN = 32;
const OTHERS = 0o077;

/** Made with mode 0600 if there is none. @throws ScenarioError for one that others can read, or that is too short. */
export const tokenOf = async (path: string): Promise<string> => {
  try {
    await using file = await open(path, 'wx', 0o600);
    const token = randomBytes(TOKEN_BYTES).toString('hex');
    await file.writeFile(`${token}\n`);
    return token;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new ScenarioError(`the token file ${path} cannot be made: ${(error as Error).message}`, { cause: error });
  }
  const { mode } = await stat(path);
  if ((mode & OTHERS) !== 0)
    throw new ScenarioError(`the token file ${path} can be read by others (mode ${(mode & 0o777).toString(8)})`, {
      hint: `chmod 600 ${path}, or remove it: a new one is made`,
    });
  const token = (await readFile(path, 'utf8')).trim();
  if (token.length < TOKEN_CHARS_MIN) throw new ScenarioError(`the token in ${path} is shorter than ${TOKEN_CHARS_MIN} characters`);
  return token;
};
