/** How fast the disk under LND's data is: LND waits for it at every commitment. Measured on the volume itself, with dd of its container. */
import type { DataVolume } from '../node.ts';
import type { LndContainer } from './lnd-container.ts';

const WRITES = 64;
const WRITE_BYTES = 4_096;

/** Null where the image has no dd. */
export const dataVolumeOf = async ({ container, spec: { image, node } }: LndContainer): Promise<DataVolume | null> => {
  const probe = `${image.dataDir}/.fsync-probe`;
  const script = `LC_ALL=C dd if=/dev/zero of="$0" bs=${WRITE_BYTES} count=${WRITES} oflag=dsync 2>&1; rm -f "$0"`;
  const said = (await container.run(['sh', '-c', script, probe])).toString('utf8');
  const fsyncsPerS = fsyncsIn(said);
  return fsyncsPerS === null ? null : { storage: node.storage === 'tmpfs' ? 'tmpfs' : 'disk', fsyncsPerS };
};

/** dd's last line: `262144 bytes (262 kB, 256 KiB) copied, 0.3 s, 0.9 MB/s`; busybox says `seconds`. */
export const fsyncsIn = (said: string): number | null => {
  const [, seconds] = /copied, ([\d.e-]+) s(?:econds)?, /u.exec(said) ?? [];
  return seconds === undefined || Number(seconds) <= 0 ? null : Math.round(WRITES / Number(seconds));
};
