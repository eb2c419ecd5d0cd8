#!/usr/bin/env node
// Plain JavaScript, so that any Node can read it. In a checkout cli.ts is run as it stands, which needs a Node that strips types: `npx` and
// `npm run` put the project's own Node 24 first on the path, and started in another way under an older one, this starts again under that Node.
// An installed Leyden is compiled (dist/), and runs under the Node that runs this.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
const atLeast22 = (/** @type {number} */ least) => major > 22 || (major === 22 && minor >= least);
const checkout = existsSync(new URL('./cli.ts', import.meta.url));
const own = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));

if (!checkout && atLeast22(15)) await import('../dist/sim/cli.js');
else if (checkout && atLeast22(18)) await import('./cli.ts');
else if (checkout && existsSync(own)) again(own);
else {
  const remedy = checkout ? 'npm ci (it brings Node 24 along), then npx sim …' : 'npm install node@24, then npx sim …';
  console.error(`sim: expected Node ${checkout ? '22.18' : '22.15'} or later, this is ${process.version}\n  try: ${remedy}`);
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
