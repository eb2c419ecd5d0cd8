/** Path-finding and mission control of one network, made when the first payment needs them. */
import type { Core } from '../engine/core.ts';
import { MissionControl } from './mission-control.ts';
import { PathFinder } from './path-finder.ts';

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

  get memory(): MissionControl {
    this.#memory ??= new MissionControl(this.#core.graph.nodes);
    return this.#memory;
  }
}
