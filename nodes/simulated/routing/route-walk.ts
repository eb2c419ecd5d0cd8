/** A kept route as mission control sees it: its nodes in order, and what passed from each to the next. Read again and again. */
import type { Core } from '../engine/core.ts';
import { Walk } from './learn.ts';

export class RouteWalk extends Walk {
  readonly #core: Core;

  constructor(core: Core) {
    super();
    this.#core = core;
  }

  read(route: number): void {
    const { routes, graph } = this.#core;
    this.pairs = routes.hopsOf(route);
    for (let pair = 0; pair < this.pairs; pair++) {
      const end = routes.endOf(route, pair);
      this.nodes[pair] = graph.endNode[end]!;
      this.nodes[pair + 1] = graph.endNode[end ^ 1]!;
      this.amountsMsat[pair] = pair === 0 ? routes.firstMsatOf(route) : routes.forwardMsatOf(route, pair - 1);
    }
  }
}
