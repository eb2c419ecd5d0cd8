import { readFile } from 'node:fs/promises';
import test from 'ava';

interface Locked {
  readonly version: string;
  readonly hasInstallScript?: true;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly inBundle?: true;
}

const lock = JSON.parse(await readFile('package-lock.json', 'utf8')) as { packages: Record<string, Locked> };
const locked = Object.entries(lock.packages).filter(([path]) => path !== '');

/**
 * Who may run a program when it is installed, and why it is here: `node` fetches Node itself; protobufjs (of lightning's gRPC) compares
 * versions; ssh2 and cpu-features (of dockerode, for engines behind SSH) compile what they can do without. Only the first is needed.
 */
const INSTALL_SCRIPTS = ['cpu-features', 'node', 'protobufjs', 'ssh2'];

test('no package runs anything when it is installed but those that are listed', async (t) => {
  t.deepEqual(
    locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path.replace(/.*node_modules\//, '')),
    INSTALL_SCRIPTS,
  );
  const { allowScripts } = JSON.parse(await readFile('package.json', 'utf8')) as { allowScripts: object };
  t.deepEqual(allowScripts, { node: true });
});

test('every package is locked by its hash, and by no address to fetch it from', (t) => {
  t.true(locked.length > 100);
  t.deepEqual(
    locked.filter(([, { integrity, inBundle, resolved }]) => (integrity === undefined && !inBundle) || resolved !== undefined),
    [],
  );
});
