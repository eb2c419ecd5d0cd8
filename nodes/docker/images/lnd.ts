/** leyden/lnd, built from the Go module proxy: by the host's Go where it is new enough (seconds with a warm cache), else in a container (minutes). */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Waiting } from '../../node.ts';
import type { Engine } from '../engine.ts';
import { buildImage } from './build.ts';
import { hostCommand, onPath } from './host-command.ts';
import { dockerFolder } from './package-root.ts';
import { LOCAL_LND_REF } from './profiles.ts';
import { type Progress, SILENT } from './progress.ts';
import { caBundle, goArguments } from './trust.ts';

/** What LND's own release builds switch on: without them the gRPC services that a node needs are missing. */
const LND_TAGS =
  'autopilotrpc chainrpc invoicesrpc neutrinorpc peersrpc routerrpc signrpc switchrpc verrpc walletrpc watchtowerrpc wtclientrpc monitoring';

const COMMANDS = ['lnd', 'lncli'] as const;

export interface LndBuildOptions extends Waiting {
  readonly progress: Progress;
  /** `host` and `container` insist; `auto` asks what Go the host has. */
  readonly where?: 'auto' | 'host' | 'container';
}

export async function makeLnd(engine: Engine, options: LndBuildOptions): Promise<void> {
  const { progress, signal, where = 'auto' } = options;
  const goMod = await readFile(join(dockerFolder, 'lnd/go.mod'), 'utf8');
  const wanted = goVersionIn(goMod);
  const found = where === 'container' ? null : await hostGo({ signal });
  if (where === 'host' || (found !== null && atLeast(found, wanted))) {
    progress.line(`  ${LOCAL_LND_REF}: compiling LND with this machine's Go ${found} (about 7 minutes on 2 cores, seconds when cached)`);
    return await buildOnHost(engine, progress, { signal });
  }
  const why = where === 'container' ? '' : found === null ? 'no Go here: ' : `Go ${found} here is older than ${wanted}: `;
  progress.line(`  ${LOCAL_LND_REF}: ${why}compiling LND in a container (about 7 minutes on 2 cores)`);
  await buildInContainer(engine, progress, { signal });
}

async function buildOnHost(engine: Engine, progress: Progress, { signal }: Waiting): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'leyden-lnd-'));
  try {
    const packages = COMMANDS.map((name) => `github.com/lightningnetwork/lnd/cmd/${name}`);
    await hostCommand('go', ['build', '-v', '-trimpath', '-ldflags', '-s -w', '-tags', LND_TAGS, '-o', `${folder}/`, ...packages], {
      progress,
      signal,
      label: LOCAL_LND_REF,
      cwd: join(dockerFolder, 'lnd'),
      env: { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOOS: 'linux', GOARCH: engine.architecture },
      hint: 'npx sim setup again; the Go module proxy must be reachable (GOPROXY)',
    });
    await buildImage(engine.docker, {
      ref: LOCAL_LND_REF,
      context: [
        { path: 'Dockerfile', content: { file: join(dockerFolder, 'lnd/Dockerfile.host') } },
        ...COMMANDS.map((name) => ({ path: name, content: { file: join(folder, name) }, mode: 0o755 })),
      ],
      progress,
      signal,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function buildInContainer(engine: Engine, progress: Progress, { signal }: Waiting): Promise<void> {
  await buildImage(engine.docker, {
    ref: LOCAL_LND_REF,
    context: [
      ...['Dockerfile', 'go.mod', 'go.sum'].map((name) => ({ path: name, content: { file: join(dockerFolder, 'lnd', name) } })),
      { path: 'ca-certificates.crt', content: await caBundle() },
    ],
    buildArgs: { ...goArguments(), LND_TAGS },
    progress,
    signal,
  });
}

/** The `go` line of a go.mod. */
export function goVersionIn(goMod: string): string {
  const version = /^go (\d+\.\d+(?:\.\d+)?)/m.exec(goMod)?.[1];
  if (version === undefined) throw new Error('go.mod has no go line');
  return version;
}

/** The version of the Go on PATH, without its `go`; null where there is none or it does not run. */
async function hostGo({ signal }: Waiting): Promise<string | null> {
  if (!(await onPath('go'))) return null;
  try {
    const env = { ...process.env, GOTOOLCHAIN: 'local' };
    const [line = ''] = await hostCommand('go', ['env', 'GOVERSION'], { progress: SILENT, signal, label: 'go', env });
    return /^go(\d+\.\d+(?:\.\d+)?)/.exec(line)?.[1] ?? null;
  } catch {
    signal?.throwIfAborted();
    return null;
  }
}

/** Whether Go version `found` can compile a module that says `go wanted`. */
export function atLeast(found: string, wanted: string): boolean {
  const a = found.split('.').map(Number);
  const b = wanted.split('.').map(Number);
  for (let i = 0; i < 3; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
