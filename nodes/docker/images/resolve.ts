/** Which images a network uses: the ones that `sim setup` got, or an LND image that the scenario names. */
import type Docker from 'dockerode';
import { InfrastructureError } from '../../errors.ts';
import type { Waiting } from '../../node.ts';
import { BASE_REF } from './base.ts';
import { type ImageUse, imageUse } from './image-use.ts';
import { lndVersion } from './lnd-version.ts';
import { inspectImage } from './present.ts';
import { presentProfile } from './present-profile.ts';
import { BITCOIND_REFS } from './profiles.ts';

export interface LndImageUse extends ImageUse {
  /** As `lnd --version` says it, e.g. 0.21.3-beta. */
  readonly version: string;
  /** From 0.21 on; earlier ones refuse the flags `--protocol.onion-msg-*` and do not start with them. */
  readonly onionMessages: boolean;
}

export interface NetworkImages {
  readonly lnd: LndImageUse;
  readonly bitcoind: ImageUse;
}

/** `image` is `auto` or an LND image that is here. Throws InfrastructureError that names `npx sim setup` when one is absent. */
export async function resolveImages(docker: Docker, image: string, { signal }: Waiting = {}): Promise<NetworkImages> {
  const profile = await presentProfile(docker);
  const lndRef = image === 'auto' ? profile?.lnd : image;
  if (lndRef === undefined) throw absent('an LND image', 'npx sim setup');
  const lnd = await inspectImage(docker, lndRef);
  if (lnd === null) throw absent(lndRef, `docker pull ${lndRef}, or name another under nodes.image (auto takes what npx sim setup got)`);
  const bitcoind = await firstPresent(docker, profile === null ? BITCOIND_REFS : [profile.bitcoind]);
  if (bitcoind === null) throw absent('a bitcoind image', 'npx sim setup');
  const use = imageUse(lndRef, lnd, 'lnd');
  const version = await lndVersion(docker, use, { signal });
  return {
    lnd: { ...use, version, onionMessages: hasOnionMessages(version) },
    bitcoind: imageUse(bitcoind.ref, bitcoind.inspected, 'bitcoind'),
  };
}

/** For `--network auto`: whether a docker network can be brought up with what is here, and in one sentence why not. */
export async function imagesReady(docker: Docker): Promise<{ readonly ready: boolean; readonly reason: string }> {
  const profile = await presentProfile(docker);
  if (profile === null) return { ready: false, reason: 'the LND and bitcoind images are not here: npx sim setup gets them' };
  if ((await inspectImage(docker, BASE_REF)) === null)
    return { ready: false, reason: `${BASE_REF}, which relays stand on, is not here: npx sim setup makes it` };
  return { ready: true, reason: `images of the ${profile.name} profile: ${profile.lnd}, ${profile.bitcoind}` };
}

/** LND forwards onion messages from 0.21 on. */
export function hasOnionMessages(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 0 || minor >= 21;
}

async function firstPresent(docker: Docker, refs: readonly string[]) {
  for (const ref of refs) {
    const inspected = await inspectImage(docker, ref);
    if (inspected !== null) return { ref, inspected };
  }
  return null;
}

function absent(what: string, hint: string): InfrastructureError {
  return new InfrastructureError(`expected ${what} on this engine, there is none`, { hint });
}
