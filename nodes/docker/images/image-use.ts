/** How a container of an image is started and entered. Read from the image itself, so that any LND image will do. */
import type { ImageInspectInfo } from 'dockerode';

export interface ImageUse {
  readonly ref: string;
  /** sha256:… */
  readonly id: string;
  /** The user for `docker exec`, which bypasses an entrypoint that steps down from root; empty: the image's own. */
  readonly execUser: string;
  /** Where the daemon keeps its data, and the home folder's dot directory that its command-line client reads. */
  readonly dataDir: string;
  /**
   * What stands before our own in `Cmd`: the entrypoint is left as the image has it, and flags that the image's own `Cmd` gives its
   * daemon stay. On the command line they go before every configuration file.
   */
  readonly command: readonly string[];
  readonly architecture: string;
}

/** Polar's entrypoints add a user of this name on first start and run the daemon as it. */
const POLAR_USERS = { lnd: 'lnd', bitcoind: 'bitcoin' } as const;
const DOT_FOLDERS = { lnd: '.lnd', bitcoind: '.bitcoin' } as const;

/**
 * Three shapes exist: Polar's (a shell entrypoint that takes a command, data under /home/<user>), the official LND's
 * (entrypoint is the daemon, data in root's home), ours (no entrypoint, data in root's home).
 */
export function imageUse(ref: string, inspected: ImageInspectInfo, daemon: 'lnd' | 'bitcoind'): ImageUse {
  const config = inspected.Config;
  const entrypoint = [config?.Entrypoint ?? []].flat();
  const volumes = Object.keys(config?.Volumes ?? {});
  const volume = volumes.find((path) => path.endsWith(`/${DOT_FOLDERS[daemon]}`));
  const steppedDown = volume?.startsWith(`/home/${POLAR_USERS[daemon]}/`) === true;
  const isDaemon = (word: string) => word.split('/').at(-1) === daemon;
  const isFlag = (word: string) => word.startsWith('--');
  const words = entrypoint.filter((word) => !isFlag(word));
  const entrypointIsDaemon = words.length > 0 && isDaemon(words.at(-1) as string);
  return {
    ref,
    id: inspected.Id,
    execUser: steppedDown ? POLAR_USERS[daemon] : '',
    dataDir: volume ?? `/root/${DOT_FOLDERS[daemon]}`,
    command: [...(entrypointIsDaemon ? [] : [daemon]), ...[config?.Cmd ?? []].flat().filter(isFlag)],
    architecture: inspected.Architecture,
  };
}
