/** Shortest paths over the planned channels. Ties go to the channel that was planned first, so a plan names the same targets every time. */
import type { ChannelPlan } from '../../../nodes/plan.ts';
import { isOpen } from './direction.ts';

interface Reached {
  /** null at the start. */
  readonly before: string | null;
  readonly hops: number;
  /** No direction on the way is closed to payments. */
  readonly open: boolean;
}

export class Paths {
  readonly #names: readonly string[];
  readonly #channels: readonly ChannelPlan[];
  #joined: Map<string, Map<string, ChannelPlan[]>> | undefined;
  readonly #trees = new Map<string, ReadonlyMap<string, Reached>>();

  constructor(names: readonly string[], channels: readonly ChannelPlan[]) {
    this.#names = names;
    this.#channels = channels;
  }

  /** Made when the first path is asked for: of a million channels it is half a gigabyte. */
  get #neighbours(): Map<string, Map<string, ChannelPlan[]>> {
    if (this.#joined !== undefined) return this.#joined;
    this.#joined = new Map(this.#names.map((name) => [name, new Map()]));
    for (const channel of this.#channels) {
      this.#link(channel.from, channel.to, channel);
      this.#link(channel.to, channel.from, channel);
    }
    return this.#joined;
  }

  /** Nodes from the first to the last, both included; null where no channels lead there. Of the shortest rather one that is open. */
  path(from: string, to: string): readonly string[] | null {
    const tree = this.#tree(from);
    if (!tree.has(to)) return null;
    const path: string[] = [];
    for (let at: string | null = to; at !== null; at = tree.get(at)!.before) path.push(at);
    return path.reverse();
  }

  /** The first node that is this many channels away, or null; rather one to which a way is open. */
  atDistance(from: string, hops: number): string | null {
    let closed: string | null = null;
    for (const [name, reached] of this.#tree(from)) {
      if (reached.hops !== hops) continue;
      if (reached.open) return name;
      closed ??= name;
    }
    return closed;
  }

  /** Channels to the farthest node that can be reached. */
  reach(from: string): number {
    return [...this.#tree(from).values()].at(-1)!.hops;
  }

  unreachable(from: string): readonly string[] {
    const tree = this.#tree(from);
    return [...this.#neighbours.keys()].filter((name) => !tree.has(name));
  }

  between(from: string, to: string): readonly ChannelPlan[] {
    return this.#neighbours.get(from)?.get(to) ?? [];
  }

  /** Breadth first, so in order of distance. */
  #tree(from: string): ReadonlyMap<string, Reached> {
    const known = this.#trees.get(from);
    if (known !== undefined) return known;
    const tree = new Map<string, Reached>([[from, { before: null, hops: 0, open: true }]]);
    // A Map's iterator also visits what is added while it runs: the map is its own queue. What is set again keeps its place in it.
    for (const [name, { hops, open }] of tree) {
      for (const [next, channels] of this.#neighbours.get(name)?.entries() ?? []) {
        const reached = tree.get(next);
        if (reached !== undefined && (reached.open || reached.hops <= hops)) continue;
        const isWay = open && channels.some((channel) => isOpen(channel, name, name === from));
        if (reached === undefined || isWay) tree.set(next, { before: name, hops: hops + 1, open: isWay });
      }
    }
    this.#trees.set(from, tree);
    return tree;
  }

  #link(from: string, to: string, channel: ChannelPlan): void {
    const row = this.#joined!.get(from)!;
    const parallel = row.get(to);
    if (parallel === undefined) row.set(to, [channel]);
    else parallel.push(channel);
  }
}
