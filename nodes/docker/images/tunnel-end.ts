/** leyden/tunnel-end: a machine with a TUN device, socat, iperf3, ping and curl. Built when a scenario first asks for one. */
import { join } from 'node:path';
import type Docker from 'dockerode';
import { InfrastructureError } from '../../errors.ts';
import type { Waiting } from '../../node.ts';
import { BASE_REF } from './base.ts';
import { buildImage } from './build.ts';
import { contextFingerprint, fingerprint } from './fingerprint.ts';
import { dockerFolder } from './package-root.ts';
import { inspectImage } from './present.ts';
import { type Progress, SILENT } from './progress.ts';
import { proxyArguments } from './trust.ts';

const REPOSITORY = 'leyden/tunnel-end';
const FILES = ['Dockerfile', 'tunnel-end.sh'];

export async function ensureTunnelEndImage(
  docker: Docker,
  { progress = SILENT, signal }: Waiting & { readonly progress?: Progress } = {},
): Promise<{ readonly ref: string; readonly id: string; readonly built: boolean }> {
  const base = await inspectImage(docker, BASE_REF);
  if (base === null)
    throw new InfrastructureError(`expected ${BASE_REF}, which tunnel ends stand on: it is not here`, { hint: 'npx sim setup' });
  const context = FILES.map((path) => ({ path, content: { file: join(dockerFolder, 'tunnel-end', path) } }));
  const ref = `${REPOSITORY}:${fingerprint([base.Id, await contextFingerprint(context)])}`;
  const present = await inspectImage(docker, ref);
  if (present !== null) return { ref, id: present.Id, built: false };
  progress.line(`  ${ref}: building (socat, iperf3, ping, curl)`);
  const id = await buildImage(docker, { ref, context, buildArgs: proxyArguments(), progress, signal });
  return { ref, id, built: true };
}
