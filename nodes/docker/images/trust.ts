/** What a build needs to reach the world as this machine does: proxies, Go's own settings, and the certificates that are trusted here. */
import { readFile } from 'node:fs/promises';

const DEBIAN_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';

/** The engine hands these to RUN without an ARG line. */
const PROXY_NAMES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'];
const GO_NAMES = ['GOPROXY', 'GOFLAGS', 'GOSUMDB', 'GONOSUMDB', 'GOPRIVATE'];

/** HTTP_PROXY and its kin, in both spellings, where set. */
export function proxyArguments(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  return named([...PROXY_NAMES, ...PROXY_NAMES.map((name) => name.toLowerCase())], env);
}

/** The same and Go's settings. */
export function goArguments(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  return { ...proxyArguments(env), ...named(GO_NAMES, env) };
}

/**
 * The PEM certificates that this machine trusts, from wherever the environment and Debian name them, one after the other (NODE_EXTRA_CA_CERTS
 * may hold one certificate only); empty where there are none.
 */
export async function caBundle(env: NodeJS.ProcessEnv = process.env): Promise<Uint8Array> {
  const paths = new Set([env.SSL_CERT_FILE, env.NODE_EXTRA_CA_CERTS, DEBIAN_BUNDLE].filter((path) => path !== undefined));
  const parts: Uint8Array[] = [];
  for (const path of paths) {
    if (path === '') continue;
    try {
      parts.push(await readFile(path), Buffer.from('\n'));
    } catch {
      // Named but not there.
    }
  }
  return Buffer.concat(parts);
}

function named(names: readonly string[], env: NodeJS.ProcessEnv): Record<string, string> {
  const found = names.map((name) => [name, env[name]] as const);
  return Object.fromEntries(found.filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''));
}
