/**
 * What may be done to a network while it carries traffic: the part of the seam that only a scenario's `events` use.
 * What each promises is tested for both networks in test/faults-contract.ts.
 */
import type { ChannelPolicy, Waiting } from './node.ts';
import type { LinkPlan } from './plan.ts';

/** A program of the network: a node's LND, the relay beside it, or the chain that all share. */
export type FaultyProcess = { readonly part: 'lnd' | 'relay'; readonly node: string } | { readonly part: 'bitcoind' };

/** The names of two nodes, in any order unless a cut is half-open. */
export type Edge = readonly [string, string];

export type Fault =
  /** kill: at once, nothing said to anybody (SIGKILL). stop: in order. restart: stopped if it runs, then started. pause: not scheduled any more. */
  | { readonly kind: 'kill' | 'stop' | 'restart' | 'pause' | 'resume'; readonly process: FaultyProcess }
  /** By a blackhole where no `how` is given. */
  | { readonly kind: 'cut'; readonly edges: readonly Edge[]; readonly how?: CutManner }
  /** As the plan has it again. */
  | { readonly kind: 'heal'; readonly edges: readonly Edge[] }
  /** Bytes cross over such a link from now on, until it is healed. */
  | { readonly kind: 'degrade'; readonly edges: readonly Edge[]; readonly link: LinkPlan }
  /** By its name in the plan. Blocks are mined until everybody sees it closed. */
  | { readonly kind: 'close'; readonly channel: string; readonly how: CloseManner }
  /** What `from` asks for forwarding out over the channel; what is not named stays. */
  | { readonly kind: 'policy'; readonly channel: string; readonly from: string; readonly policy: Partial<ChannelPolicy> }
  | { readonly kind: 'mine'; readonly blocks: number };

/**
 * Nothing passes between the two until they are healed. blackhole: nobody is told. reset: both ends are told by a RST, and so is whoever
 * dials. half-open: an edge's first end is told so, the second is left with a connection that answers nothing.
 */
export const CUT_MANNERS = ['blackhole', 'reset', 'half-open'] as const;
export type CutManner = (typeof CUT_MANNERS)[number];

export type CloseManner = 'cooperative' | 'force';

export interface Faults {
  /** Resolves after so many ms of the network's clock, without making time pass where it is virtual. Rejects with the signal's reason. */
  pause(ms: number, waiting?: Waiting): Promise<void>;
  /**
   * Resolves once it is done: what was killed is gone, what was restarted answers. Faults of one process are done one after the other.
   * @throws InfrastructureError, DeadlineError when it could not be done
   */
  inflict(fault: Fault, waiting?: Waiting): Promise<void>;
  /** All that is down, paused or cut is brought back, and every channel that was not closed is active again. @throws DeadlineError */
  mend(waiting?: Waiting): Promise<void>;
}
