#!/usr/bin/env node
// Plain JavaScript, so that any Node can read it: cli.ts needs one that strips types. `npx` and `npm run` put the project's own Node 24
// first on the path; started in another way under an older one, this starts again under that Node.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
const stripsTypes = major > 22 || (major === 22 && minor >= 18);
const own = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));

if (stripsTypes) await import('./cli.ts');
else if (existsSync(own)) again(own);
else {
  console.error(`sim: expected Node 22.18 or later, this is ${process.version}\n  try: npm ci (it brings Node 24 along), then npx sim …`);
  process.exitCode = 2;
}

/** @param {string} node */
function again(node) {
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exitCode = code ?? 1;
    else process.kill(process.pid, signal);
  });
}
