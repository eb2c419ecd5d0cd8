/** A relay's shelf in memory: where nothing outlives the process, and when simulated. */
import type { Shelf } from './node.ts';

export const memoryShelf = (): Shelf => {
  const kept = new Map<string, Buffer>();
  return {
    get: async (name) => kept.get(name) ?? null,
    put: async (name, bytes) => {
      kept.delete(name);
      kept.set(name, Buffer.from(bytes));
    },
    remove: async (name) => {
      kept.delete(name);
    },
    list: async (folder) =>
      [...kept].filter(([name]) => name.startsWith(`${folder}/`)).map(([name, { length }]) => ({ name, bytes: length })),
  };
};
