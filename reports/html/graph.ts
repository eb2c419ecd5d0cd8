/** Nodes and channels as SVG: a channel is as thick as what it carried, its words stand along it where there is room. No style attributes: the page's CSP forbids them. */
import type { ChannelRecord } from '../../sim/measure/report.ts';
import { many, quantity } from '../format.ts';
import type { Graph } from '../section.ts';
import { htmlText } from './escape.ts';
import { layout, type Place } from './layout.ts';
import { channelWidth, lineDownSvg, nodeCircle } from './line-down.ts';

export function graphSvg(graph: Graph): string {
  const index = new Map(graph.nodes.map((node, i) => [node.name, i]));
  const ends = graph.channels.map(({ from, to }) => [index.get(from) ?? -1, index.get(to) ?? -1] as const);
  const { places, width, height, shape } = layout(
    graph.nodes.length,
    ends.filter(([a, b]) => a >= 0 && b >= 0),
  );
  const most = Math.max(1, ...graph.channels.map((channel) => channel.forwardedMsat));
  const worded = graph.channels.length <= WORDED_MAX;
  const channels = graph.channels.map((channel, i) => {
    const [a, b] = [places[ends[i]![0]], places[ends[i]![1]]];
    return a && b ? channelSvg(channel, a, b, most, worded ? (shape === 'line' ? 'twice' : 'once') : 'none') : '';
  });
  const nodes = graph.nodes.map((node, i) => nodeSvg(node, places[i] ?? { x: 0, y: 0 }, shape === 'line' ? 68 : 28));
  const box = `viewBox="0 0 ${round(width)} ${round(height)}" width="${round(width)}" height="${round(height)}"`;
  const across = `<svg class="graph across" role="img" aria-label="${htmlText(graph.label)}" ${box}>\n${channels.join('\n')}\n${nodes.join('\n')}\n</svg>`;
  const down =
    shape === 'line'
      ? lineDownSvg(
          graph,
          [...places.keys()].sort((a, b) => places[a]!.x - places[b]!.x),
        )
      : '';
  return `<div class="scroll drawing" tabindex="0" role="region" aria-label="${htmlText(graph.label)}, drawing">${across}${down}</div>`;
}

/** More channels than these have their words in the table only. */
const WORDED_MAX = 14;

function channelSvg(channel: ChannelRecord, a: Place, b: Place, most: number, words: 'twice' | 'once' | 'none'): string {
  const capacity = quantity(channel.capacitySat * 1000, 'msat');
  const carried = `${many(channel.htlcs, 'HTLC')}, ${quantity(channel.forwardedMsat, 'msat')}`;
  const title = `<title>${htmlText(`${channel.from} to ${channel.to}: ${capacity}; carried ${carried}`)}</title>`;
  const line = `<line class="channel" x1="${round(a.x)}" y1="${round(a.y)}" x2="${round(b.x)}" y2="${round(b.y)}" stroke-width="${channelWidth(channel, most)}"/>`;
  const [x, y] = [(a.x + b.x) / 2, (a.y + b.y) / 2];
  const label =
    words === 'none'
      ? ''
      : words === 'twice'
        ? word(x, y - 11, capacity) +
          word(x, y + 21, many(channel.htlcs, 'HTLC')) +
          word(x, y + 36, quantity(channel.forwardedMsat, 'msat'))
        : word(x, y - 3, capacity) + word(x, y + 11, carried);
  return `<g>${title}${line}${label}</g>`;
}

function word(x: number, y: number, text: string): string {
  return `<text class="along" x="${round(x)}" y="${round(y)}">${htmlText(text)}</text>`;
}

/** A note stands under its node, in a line below the words of the channels. */
function nodeSvg(node: Graph['nodes'][number], { x, y }: Place, noteBelow: number): string {
  const name = [...node.name].length > NAME_MAX ? `${[...node.name].slice(0, NAME_MAX - 1).join('')}…` : node.name;
  const title = `<title>${htmlText(`${node.name}${node.relay ? ', with a relay' : ''}${node.note ? `, ${node.note}` : ''}`)}</title>`;
  const note = node.note === '' ? '' : `<text class="note" x="${round(x)}" y="${round(y + noteBelow)}">${htmlText(node.note)}</text>`;
  return `<g>${title}${nodeCircle(node, round(x), round(y))}<text class="name" x="${round(x)}" y="${round(y - 18)}">${htmlText(name)}</text>${note}</g>`;
}

const NAME_MAX = 14;

function round(x: number): number {
  return Math.round(x * 10) / 10;
}
