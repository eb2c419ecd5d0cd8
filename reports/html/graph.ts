/** Nodes and channels as SVG: a channel is as thick as what it carried, its words stand along it where there is room. No style attributes: the page's CSP forbids them. */
import type { Graph } from '../section.ts';
import { htmlText } from './escape.ts';
import { type Layout, layout, type Place } from './layout.ts';
import { channelWidth, lineDownSvg, nodeCircle } from './line-down.ts';

export function graphSvg(graph: Graph): string {
  const index = new Map(graph.nodes.map((node, i) => [node.name, i]));
  const ends = graph.channels.map(({ from, to }) => [index.get(from) ?? -1, index.get(to) ?? -1] as const);
  const plan = layout(
    graph.nodes.length,
    ends.filter(([a, b]) => a >= 0 && b >= 0),
  );
  const { places, width, height, shape } = plan;
  const channels = graph.channels.map((channel, i) => {
    const [a, b] = [places[ends[i]![0]], places[ends[i]![1]]];
    return a && b ? channelSvg(channel, a, b, words(plan, graph.channels.length)) : '';
  });
  const nodes = graph.nodes.map((node, i) => nodeSvg(node, places[i] ?? { x: 0, y: 0 }, plan));
  const label = htmlText(graph.label);
  const across =
    `<svg class="graph across${width > SHRUNK_MIN ? ' large' : ''}" role="img" aria-label="${label}" viewBox="0 0 ${round(width)} ${round(height)}" ` +
    `width="${round(width)}" height="${round(height)}">\n${channels.join('\n')}\n${nodes.join('\n')}\n</svg>`;
  const fromLeft = [...places.keys()].sort((a, b) => places[a]!.x - places[b]!.x);
  return `<div class="scroll drawing" tabindex="0" role="region" aria-label="${label}, drawing">${across}${shape === 'line' ? lineDownSvg(graph, fromLeft) : ''}</div>`;
}

/** Drawings wider than this many pixels are scrolled on a narrow screen rather than shrunk below it. */
const SHRUNK_MIN = 544;

type Words = 'around' | 'upon' | 'none';

/** A line has room above and below; elsewhere words lie upon the channel; many channels leave theirs to the table. */
function words({ shape }: Layout, channels: number): Words {
  if (shape === 'line') return 'around';
  return channels <= (shape === 'springs' ? 8 : 12) && shape !== 'rows' ? 'upon' : 'none';
}

function channelSvg({ from, to, capacity, carried, share }: Graph['channels'][number], a: Place, b: Place, words: Words): string {
  const title = `<title>${htmlText(`${from} to ${to}: ${capacity}${carried === null ? '' : `; carried ${carried.join(', ')}`}`)}</title>`;
  const line = `<line class="channel" x1="${round(a.x)}" y1="${round(a.y)}" x2="${round(b.x)}" y2="${round(b.y)}" stroke-width="${channelWidth(share)}"/>`;
  const [x, y] = [(a.x + b.x) / 2, (a.y + b.y) / 2];
  const lines = [capacity, ...(carried ?? [])];
  const below = { around: [-11, 21, 36, 51], upon: [-9, 5, 19, 33], none: [] }[words];
  return `<g>${title}${line}${below.map((dy, i) => (lines[i] === undefined ? '' : word(x, y + dy, lines[i]))).join('')}</g>`;
}

function word(x: number, y: number, text: string): string {
  return `<text class="along" x="${round(x)}" y="${round(y)}">${htmlText(text)}</text>`;
}

/** On a line the name stands above and the note below the words of the channels; elsewhere both stand on the outer side. */
function nodeSvg(node: Graph['nodes'][number], { x, y }: Place, { shape, width, height }: Layout): string {
  const name = [...node.name].length > NAME_MAX ? `${[...node.name].slice(0, NAME_MAX - 1).join('')}…` : node.name;
  const title = `<title>${htmlText(`${node.name}${node.relay ? ', with a relay' : ''}${node.note ? `, ${node.note}` : ''}`)}</title>`;
  const circle = nodeCircle(node, round(x), round(y));
  if (shape === 'line' || shape === 'rows') {
    const note =
      node.note === ''
        ? ''
        : `<text class="note" x="${round(x)}" y="${round(y + (shape === 'line' ? 80 : 28))}">${htmlText(node.note)}</text>`;
    return `<g>${title}${circle}<text class="name" x="${round(x)}" y="${round(y - 18)}">${htmlText(name)}</text>${note}</g>`;
  }
  const [outX, outY] = [x - width / 2, y - height / 2];
  const length = Math.hypot(outX, outY);
  const [dx, dy] = length < 1 ? [0.8, -0.6] : [outX / length, outY / length];
  const side = Math.abs(dx) < 0.35 ? '' : dx > 0 ? ' right' : ' left';
  const note = node.note === '' ? '' : `<tspan class="note" dx="6">${htmlText(node.note)}</tspan>`;
  return `<g>${title}${circle}<text class="name halo${side}" x="${round(x + dx * 17)}" y="${round(y + dy * 20 + 5)}">${htmlText(name)}${note}</text></g>`;
}

const NAME_MAX = 14;

function round(x: number): number {
  return Math.round(x * 10) / 10;
}
