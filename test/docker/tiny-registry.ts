/** A registry that serves one image of one small layer over HTTP: as much of the OCI distribution protocol as a pull asks for. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { tar } from '../../nodes/docker/images/tar.ts';

const MANIFEST_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';
const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export interface TinyRegistry extends AsyncDisposable {
  /** localhost:port, which engines speak plain HTTP to. */
  readonly host: string;
}

export async function tinyRegistry(repository: string, architecture: string): Promise<TinyRegistry> {
  const blobs = new Map<string, Uint8Array>();
  const add = (bytes: Uint8Array) => {
    blobs.set(digestOf(bytes), bytes);
    return { digest: digestOf(bytes), size: bytes.length };
  };
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar([{ path: 'hello', content: Buffer.from('world') }])) chunks.push(chunk);
  const layer = Buffer.concat(chunks);
  const rootfs = { type: 'layers', diff_ids: [digestOf(layer)] };
  const config = add(Buffer.from(JSON.stringify({ architecture, os: 'linux', config: { Cmd: ['/hello'] }, rootfs })));
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: { mediaType: 'application/vnd.docker.container.image.v1+json', ...config },
      layers: [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', ...add(gzipSync(layer)) }],
    }),
  );
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const blob = blobs.get(path.replace(`/v2/${repository}/blobs/`, ''));
    const isManifest = path === `/v2/${repository}/manifests/1` || path === `/v2/${repository}/manifests/${digestOf(manifest)}`;
    const body = isManifest ? manifest : blob;
    if (path === '/v2/') response.end('{}');
    else if (body === undefined) response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
    else {
      response.writeHead(200, {
        'content-type': isManifest ? MANIFEST_TYPE : 'application/octet-stream',
        'content-length': body.length,
        'docker-content-digest': digestOf(body),
      });
      response.end(request.method === 'HEAD' ? undefined : body);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `localhost:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
