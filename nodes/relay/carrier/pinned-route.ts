/** The route that a carrier pays over again and again: asked for once, so that no path-finding stands between units. */
import { NoRouteError } from '../../errors.ts';
import type { Clock, Node, Route, Waiting } from '../../node.ts';
import type { RelayPlan } from '../../plan.ts';

/** Tried in turn: the least there is, then LND's own default for an outgoing HTLC. */
const AMOUNTS_MSAT = [1, 1_000];
/** The height is asked again this long after it was. */
const HEIGHT_MS = 10_000;
/** A failed payment may mean a stale route: it is asked for anew, this often at most. */
const REROUTE_MS = 2_000;

export interface PinnedRouteOptions {
  readonly node: Node;
  readonly plan: RelayPlan;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  log(line: string): void;
  /** Where LND is not to look for the way itself: public keys, destination last. */
  via?(to: string, waiting: Waiting): Promise<readonly string[]>;
}

export const costOf = ({ amountMsat, feeMsat }: Route): number => amountMsat + feeMsat;

/** A route kept until it goes stale or a payment over it fails. */
export class PinnedRoute {
  current: Route;
  readonly #destination: string;
  readonly #options: PinnedRouteOptions;
  #heightMs: number;
  #suspected = false;
  #routedMs: number;
  #asking: Promise<void> | undefined;

  /** @throws NoRouteError, FeeLimitError */
  static async find(
    destination: string,
    atLeastMsat: number | undefined,
    options: PinnedRouteOptions,
    waiting: Waiting = {},
  ): Promise<PinnedRoute> {
    const { node, plan } = options;
    const via = await options.via?.(destination, waiting);
    for (const least of AMOUNTS_MSAT) {
      const amountMsat = Math.max(least, atLeastMsat ?? 0);
      try {
        const wanted = { destination, amountMsat, maxFeeMsat: plan.feeLimitMsat, signal: waiting.signal };
        return new PinnedRoute(destination, await node.route({ ...wanted, ...(via && { via }) }), options);
      } catch (error) {
        if (!(error instanceof NoRouteError) || least === AMOUNTS_MSAT.at(-1)) throw error;
      }
    }
    throw new TypeError('a bug: no amount to try');
  }

  private constructor(destination: string, route: Route, options: PinnedRouteOptions) {
    this.current = route;
    this.#destination = destination;
    this.#options = options;
    this.#heightMs = this.#routedMs = options.clock.now();
  }

  /** A payment over it failed. */
  suspect(): void {
    this.#suspected = true;
  }

  async fresh(): Promise<Route> {
    const nowMs = this.#options.clock.now();
    const due = nowMs - this.#heightMs >= HEIGHT_MS || (this.#suspected && nowMs - this.#routedMs >= REROUTE_MS);
    if (due)
      this.#asking ??= this.#ask().finally(() => {
        this.#asking = undefined;
      });
    await this.#asking;
    return this.current;
  }

  async #ask(): Promise<void> {
    const { node, plan, clock, signal, log } = this.#options;
    try {
      const height = await node.height({ signal });
      this.#heightMs = clock.now();
      if (height <= this.current.staleAtHeight && !this.#suspected) return;
      this.#suspected = false;
      this.#routedMs = clock.now();
      const via = await this.#options.via?.(this.#destination, { signal });
      const wanted = { destination: this.#destination, amountMsat: this.current.amountMsat, maxFeeMsat: plan.feeLimitMsat };
      this.current = await node.route({ ...wanted, signal, ...(via && { via }) });
    } catch (error) {
      // The old route may serve on; if not, payments over it fail and say why.
      log(`payments: the route could not be asked for anew: ${String(error)}`);
    }
  }
}
