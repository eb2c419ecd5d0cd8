/** How much it takes until something breaks: from a first count on, twice as many in each step. */

/** What one step measured. */
export interface Step {
  /** In words with their figures; null: nothing. */
  readonly broke: string | null;
  readonly [figure: string]: unknown;
}

/** The last line of a load. */
export interface Broke extends Step {
  /** The most that came through whole; null: not even the first step did. */
  readonly held: number | null;
  /** null: nothing broke, up to what was held. */
  readonly brokeAt: number | null;
}

export interface Load {
  /** Called with the figures of each step as it ends. */
  readonly tell: (step: Step) => void;
  readonly signal: AbortSignal;
}

export interface Doubling extends Load {
  /** Always tried. */
  readonly first: number;
  /** No step asks for more. */
  readonly bound: number;
}

/** Ends with the first step in which something broke. @throws the signal's reason: what it cut short is no figure. */
export const doubling = async ({ first, bound, tell, signal }: Doubling, step: (count: number) => Promise<Step>): Promise<Broke> => {
  let held: number | null = null;
  for (let count = first; ; count *= 2) {
    signal.throwIfAborted();
    const figures = await step(count);
    signal.throwIfAborted();
    tell(figures);
    if (figures.broke !== null) return { held, brokeAt: count, broke: figures.broke };
    held = count;
    if (count * 2 > bound) return { held, brokeAt: null, broke: null };
  }
};
