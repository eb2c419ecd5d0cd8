/** Shows a file in the browser that the desktop opens it with. No browser is no reason for a run to fail. */
import { spawn } from 'node:child_process';

const OPENERS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'open', win32: 'explorer' };

export function openInBrowser(file: string): void {
  const opener = OPENERS[process.platform] ?? 'xdg-open';
  const child = spawn(opener, [file], { detached: true, stdio: 'ignore' });
  child.on('error', () => process.stderr.write(`${opener} is not here to open ${file}: open it by hand\n`));
  child.unref();
}
