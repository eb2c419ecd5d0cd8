/** The links section: which edges have a link of their own kind, and which. */
import type { Edge } from '../../nodes/faults.ts';
import { isClean } from '../../nodes/link.ts';
import { type ChannelPlan, type EdgePlan, LINK_CLEAN, type LinkPlan } from '../../nodes/plan.ts';
import type { Complaints } from './complaints.ts';
import { LINK_SETTINGS, type LinkSettings, linkSettings } from './links-schema.ts';
import { listedOrNearest } from './nearest.ts';
import type { Path } from './setting.ts';

/** Edges that ask for something, in the order of the channels. A word that is no setting names a channel. */
export function planLinks(written: unknown, channels: readonly ChannelPlan[], complaints: Complaints): readonly EdgePlan[] {
  if (written === undefined || written === null) return [];
  if (typeof written !== 'object' || Array.isArray(written)) {
    complaints.parse(linkSettings, written, ['links']);
    return [];
  }
  const entries = Object.entries(written as object);
  const own = Object.fromEntries(entries.filter(([key, value]) => LINK_SETTINGS.includes(key) || !isMap(value)));
  const all = linkOf(complaints.parse(linkSettings, own, ['links']) ?? {}, LINK_CLEAN, ['links'], complaints);
  const edges = new Map<string, EdgePlan>();
  for (const { from, to } of channels) if (!edges.has(edgeKey(from, to))) edges.set(edgeKey(from, to), { ends: [from, to], link: all });
  const said = new Map<string, string>();
  for (const [name, value] of entries) {
    if (LINK_SETTINGS.includes(name) || !isMap(value)) continue;
    const channel = channels.find((candidate) => candidate.name === name);
    const settings = complaints.parse(linkSettings, value, ['links', name]);
    if (channel === undefined) {
      const names = channels.map((candidate) => candidate.name);
      complaints.about(['links', name], `no such channel: the topology has ${listedOrNearest(name, names)}`, 'key');
      continue;
    }
    const key = edgeKey(channel.from, channel.to);
    const other = said.get(key);
    if (other !== undefined) {
      const text = `${name} and ${other} join the same two nodes, which have one connection: say it of one of them`;
      complaints.about(['links', name], text, 'key');
    }
    said.set(key, name);
    if (settings !== undefined)
      edges.set(key, { ends: [channel.from, channel.to], link: linkOf(settings, all, ['links', name], complaints) });
  }
  return [...edges.values()].filter(({ link }) => !isClean(link));
}

/** What is written over what holds otherwise. */
export function linkOf(written: LinkSettings, otherwise: LinkPlan, path: Path, complaints: Complaints): LinkPlan {
  const link: LinkPlan = {
    delayMs: written.delay ?? otherwise.delayMs,
    jitterMs: written.jitter ?? otherwise.jitterMs,
    rateBytesPerS: written.rate ?? otherwise.rateBytesPerS,
    stall: written.stall === undefined ? otherwise.stall : { everyMs: written.stall.every, forMs: written.stall.for },
  };
  if (link.jitterMs > link.delayMs) {
    const place = written.jitter === undefined ? path : [...path, 'jitter'];
    complaints.about(place, `a jitter of ${link.jitterMs} ms needs a delay of at least as much: found ${link.delayMs} ms`);
  }
  return link;
}

/** Edges that an event cuts or degrades must stand in the plan, also where their link does nothing yet. */
export function withControlledEdges(
  links: readonly EdgePlan[],
  pairs: readonly Edge[],
  channels: readonly ChannelPlan[],
): readonly EdgePlan[] {
  const edges = new Map(links.map((edge) => [edgeKey(...edge.ends), edge]));
  // An event may name the ends the other way round: an edge is called as its channel is.
  const asPlanned = new Map(channels.toReversed().map(({ from, to }): [string, Edge] => [edgeKey(from, to), [from, to]]));
  for (const pair of pairs) {
    const key = edgeKey(...pair);
    if (!edges.has(key)) edges.set(key, { ends: asPlanned.get(key) ?? pair, link: LINK_CLEAN });
  }
  return [...edges.values()];
}

const edgeKey = (a: string, b: string): string => [a, b].sort().join(' ');

const isMap = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
