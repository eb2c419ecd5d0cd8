/** Everything a docker network needs, got once: LND and bitcoind of a profile, the base, the relay image. What is here already is left alone. */
import { join } from 'node:path';
import type { Waiting } from '../../node.ts';
import type { Engine } from '../engine.ts';
import { acquireProfile, type ProfileChoice } from './acquire.ts';
import { BASE_REF, makeBase } from './base.ts';
import { buildImage } from './build.ts';
import { markChosen, profilesByChoice } from './chosen.ts';
import { makeLnd } from './lnd.ts';
import { dockerFolder } from './package-root.ts';
import { inspectImage } from './present.ts';
import { LOCAL_BITCOIND_REF, type Profile } from './profiles.ts';
import type { Progress } from './progress.ts';
import { pullImage } from './pull.ts';
import { ensureRelayImage } from './relay.ts';
import { proxyArguments } from './trust.ts';

export interface SetUpRequest extends Waiting {
  readonly choice: ProfileChoice;
  /** Whether Debian packages may be installed on this machine where one is missing. */
  readonly mayInstall: boolean;
  readonly progress: Progress;
}

export interface SetUp {
  readonly profile: Profile;
  readonly relay: string;
  /** Whether anything had to be done. */
  readonly changed: boolean;
}

/** Throws InfrastructureError with what was tried last and what mends it. */
export async function setUpImages(engine: Engine, request: SetUpRequest): Promise<SetUp> {
  const { choice, mayInstall, progress, signal } = request;
  const { docker } = engine;
  let changed = false;
  const has = async (ref: string) => (await inspectImage(docker, ref)) !== null;
  const ensureBase = async () => {
    if (await has(BASE_REF)) return;
    changed = true;
    await makeBase(docker, { progress, signal, mayInstall });
  };
  const profile = await acquireProfile(
    choice,
    await profilesByChoice(docker),
    {
      has,
      pull: async (ref) => {
        await pullImage(docker, ref, progress, { signal });
        changed = true;
      },
      build: async (ref) => {
        await ensureBase();
        changed = true;
        if (ref === LOCAL_BITCOIND_REF) await makeBitcoind(engine, progress, { signal });
        else await makeLnd(engine, { progress, signal });
      },
    },
    progress,
  );
  if (await markChosen(docker, profile)) changed = true;
  await ensureBase();
  const relay = await ensureRelayImage(docker, { progress, signal });
  return { profile, relay: relay.ref, changed: changed || relay.built };
}

async function makeBitcoind({ docker }: Engine, progress: Progress, { signal }: Waiting): Promise<void> {
  progress.line(`  ${LOCAL_BITCOIND_REF}: building from Debian's bitcoin-knots`);
  await buildImage(docker, {
    ref: LOCAL_BITCOIND_REF,
    context: [{ path: 'Dockerfile', content: { file: join(dockerFolder, 'bitcoind/Dockerfile') } }],
    buildArgs: proxyArguments(),
    progress,
    signal,
  });
}
