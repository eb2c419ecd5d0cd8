/** What is the case on this machine, asked of the engine and the kernel; nodes/docker/doctor/findings.ts says what it means. */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import type Docker from 'dockerode';
import { InfrastructureError } from '../../errors.ts';
import type { Waiting } from '../../node.ts';
import { connectEngine, type Engine } from '../engine.ts';
import { BASE_REF } from '../images/base.ts';
import { inspectImage } from '../images/present.ts';
import { presentProfile } from '../images/present-profile.ts';
import { PROFILES } from '../images/profiles.ts';
import { relayImageRef } from '../images/relay.ts';
import { probePort } from './port-probe.ts';

export interface Facts {
  readonly engine: EngineFacts | EngineAbsent;
  readonly tunDevice: boolean;
}

export interface EngineAbsent {
  readonly answers: false;
  readonly message: string;
  readonly hint: string | undefined;
}

export interface EngineFacts {
  readonly answers: true;
  readonly address: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly os: string;
  readonly architecture: string;
  readonly storageDriver: string;
  readonly dataFolder: string;
  /** null where the engine's disk is not this machine's. */
  readonly diskFreeBytes: number | null;
  readonly memoryBytes: number;
  readonly cores: number;
  /** Every image that some profile or the relay needs. */
  readonly images: readonly ImageFact[];
  /** The profile a network would use now; null: none is whole. */
  readonly profile: string | null;
  /** null when it answered; a reason when it did not; 'untried' without an image to try it with. */
  readonly port: null | string;
}

export interface ImageFact {
  readonly ref: string;
  readonly usedBy: string;
  /** null: not here. */
  readonly architecture: string | null;
}

export const PORT_UNTRIED = 'untried';

/** Never throws for what is missing: that is what it reports. */
export async function gatherFacts({ signal }: Waiting = {}): Promise<Facts> {
  const tunDevice = existsSync('/dev/net/tun');
  try {
    return { engine: await engineFacts(await connectEngine({ signal }), { signal }), tunDevice };
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    return { engine: { answers: false, message: error.message, hint: error.hint }, tunDevice };
  }
}

async function engineFacts(engine: Engine, { signal }: Waiting): Promise<EngineFacts> {
  const { docker, address, version, apiVersion, os, architecture } = engine;
  const info = await docker.info();
  const images = await imageFacts(docker);
  const canTryPort = images.some(({ ref, architecture: here }) => ref === BASE_REF && here !== null);
  return {
    answers: true,
    address,
    version,
    apiVersion,
    os,
    architecture,
    storageDriver: info.Driver,
    dataFolder: info.DockerRootDir,
    diskFreeBytes: address.startsWith('unix://') ? await diskFreeBytes(info.DockerRootDir) : null,
    memoryBytes: info.MemTotal,
    cores: info.NCPU,
    images,
    profile: (await presentProfile(docker))?.name ?? null,
    port: canTryPort ? await probePort(docker, BASE_REF, { signal }) : PORT_UNTRIED,
  };
}

async function imageFacts(docker: Docker): Promise<readonly ImageFact[]> {
  const wanted = [
    ...PROFILES.flatMap(({ name, lnd, bitcoind }) => [lnd, bitcoind].map((ref) => ({ ref, usedBy: name as string }))),
    { ref: BASE_REF, usedBy: 'relay' },
    { ref: await relayImageRef(docker), usedBy: 'relay' },
  ];
  return Promise.all(
    wanted.map(async ({ ref, usedBy }) => ({ ref, usedBy, architecture: (await inspectImage(docker, ref))?.Architecture ?? null })),
  );
}

/** What an ordinary process may still write there. */
async function diskFreeBytes(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    // An engine in a virtual machine of its own: its folder is not on this disk.
    return null;
  }
}
