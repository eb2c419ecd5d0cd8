/** What the event core needs to know of a node: a few numbers each. Everything else of a node exists once somebody asks for it. */

import type { Costs } from '../costs.ts';
import type { RandomColumns } from '../random-columns.ts';

export interface NodeNumbers {
  readonly commitIntervalMs: number;
  readonly onTmpfs: boolean;
}

/** What a program beside a node answers before its HTLCs go on. */
export const ASKS = { forward: 1, exit: 2 } as const;

export class NodeColumns {
  readonly commitIntervalUs: Int32Array;
  /** Factor of every write to disk: 0 on tmpfs. */
  readonly disk: Uint8Array;
  /** The machine it runs on. */
  readonly host: Int32Array;
  /** Which of ASKS a program has registered for. */
  readonly asks: Uint8Array;
  readonly random: RandomColumns;
  readonly #spread: number;

  constructor(count: number, of: (node: number) => NodeNumbers, hostOf: (node: number) => number, random: RandomColumns, costs: Costs) {
    this.commitIntervalUs = new Int32Array(count);
    this.disk = new Uint8Array(count);
    this.host = new Int32Array(count);
    this.asks = new Uint8Array(count);
    this.random = random;
    this.#spread = costs.spread;
    for (let node = 0; node < count; node++) {
      const { commitIntervalMs, onTmpfs } = of(node);
      this.commitIntervalUs[node] = Math.round(commitIntervalMs * 1000);
      this.disk[node] = onTmpfs ? 0 : 1;
      this.host[node] = hostOf(node);
    }
  }

  /** A cost as it falls this time at this node. */
  spread(node: number, us: number): number {
    return us === 0 || this.#spread === 0 ? us : us * (1 + this.#spread * (2 * this.random.float(node) - 1));
  }
}
