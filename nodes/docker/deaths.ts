/** Who ended though nothing was to end it: looked for before whoever is down is brought back, and whenever somebody asks. */
import { ProcessEndedError } from '../errors.ts';
import type { RunningContainer } from './container.ts';

export interface Deaths {
  /** Its end is a fault's doing from now on, until it is back. */
  meant(container: RunningContainer): void;
  back(container: RunningContainer): void;
  look(container: RunningContainer): Promise<void>;
  /** Those found since the last call, of all containers. */
  found(): Promise<readonly ProcessEndedError[]>;
}

/** @param containers may still grow */
export const watchDeaths = (containers: readonly RunningContainer[]): Deaths => {
  /** Whose being down is known. */
  const known = new Set<RunningContainer>();
  let found = new Map<RunningContainer, ProcessEndedError>();
  const look = async (container: RunningContainer): Promise<void> => {
    if (known.has(container)) return;
    try {
      await container.assertRunning();
    } catch (error) {
      if (!(error instanceof ProcessEndedError)) throw error;
      // A fault may have come while Docker was asked.
      if (!known.has(container)) found.set(container, error);
    }
  };
  return {
    meant: (container) => void known.add(container),
    back: (container) => void known.delete(container),
    look,
    async found() {
      await Promise.all(containers.map(look));
      const told = found;
      found = new Map();
      // While it stays down that is no news.
      for (const container of told.keys()) known.add(container);
      return [...told.values()];
    },
  };
};
