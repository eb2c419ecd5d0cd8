/** What a side of a bench is: an LND image under this Leyden, or another revision of this repository. */
import { ScenarioError } from '../../nodes/errors.ts';
import type { Across } from '../compare/comparison.ts';

export type BenchSide = { readonly kind: 'image'; readonly name: string } | { readonly kind: 'git'; readonly ref: string };

/** Throws ScenarioError; `option` names the argument. */
export function benchSide(option: string, written: string): BenchSide {
  const [, kind, name = ''] = /^(image|git):(.+)$/u.exec(written) ?? [];
  if (kind === 'image') return { kind, name };
  // A revision that opens with a dash would be an option of git.
  if (kind === 'git' && !name.startsWith('-')) return { kind, ref: name };
  throw new ScenarioError(`${option}: expected image:NAME or git:REF, found ${written}`, {
    hint: 'image:auto is what `sim setup` got; git:main another revision of this repository',
  });
}

export function labelOf(side: BenchSide): string {
  return side.kind === 'image' ? `image:${side.name}` : `git:${side.ref}`;
}

/** What differs because the two sides are what was asked for. Another revision may also understand a scenario otherwise, and pin another LND. */
export function askedAcross(base: BenchSide, head: BenchSide): Across[] {
  const kinds = [base.kind, head.kind];
  return kinds.includes('git') ? ['lnd', 'scenario'] : ['lnd'];
}
