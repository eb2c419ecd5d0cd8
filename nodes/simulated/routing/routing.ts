/** Path-finding and mission control of one network, made when the first payment needs them. */
import type { Core } from '../engine/core.ts';
import { learn } from './known-pairs.ts';
import { MissionControl } from './mission-control.ts';
import { PathFinder } from './path-finder.ts';

/** What nodes/docker sets: trickledelay 50 ms and gossip.sub-batch-delay 5 ms. Mainnet's LNDs wait 90 s. */
const GOSSIP_US = 55_000;

export class Routing {
  readonly #core: Core;
  #finder: PathFinder | undefined;
  #memory: MissionControl | undefined;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Writes the routes that it finds into the engine's scratch. */
  get finder(): PathFinder {
    this.#finder ??= new PathFinder(this.#core.graph, this.#core.routes);
    return this.#finder;
  }

  /** Gossip tells of this end as it is now: until it has, payers search with what they knew. */
  announce(end: number): void {
    this.#core.time.after(GOSSIP_US, () => this.learnPolicy(end));
  }

  /** A channel_update for this end arrived, by gossip or with a failure: payers search with its policy as it now is. */
  learnPolicy(end: number): void {
    if (this.#finder !== undefined) learn(this.#finder.pairs, this.#core.graph, end);
  }

  get memory(): MissionControl {
    this.#memory ??= new MissionControl(this.#core.graph.nodes);
    return this.#memory;
  }
}
