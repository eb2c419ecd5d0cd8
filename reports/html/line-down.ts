/** A line of nodes drawn down the page, for a screen too narrow to draw it across. */
import type { Graph } from '../section.ts';
import { htmlText } from './escape.ts';

/** `order`: indexes of the nodes from one end to the other. */
export function lineDownSvg(graph: Graph, order: readonly number[]): string {
  const at = new Map(order.map((node, i) => [graph.nodes[node]?.name ?? '', TOP + i * STEP]));
  const channels = graph.channels.map((channel) => {
    const [a, b] = [at.get(channel.from), at.get(channel.to)];
    if (a === undefined || b === undefined) return '';
    const middle = (a + b) / 2;
    return (
      `<line class="channel" x1="${LEFT}" y1="${a}" x2="${LEFT}" y2="${b}" stroke-width="${channelWidth(channel.share)}"/>` +
      `<text class="along" x="${LEFT + 22}" y="${middle - 3}">${htmlText(channel.capacity)}</text>` +
      `<text class="along" x="${LEFT + 22}" y="${middle + 13}">${htmlText(channel.carried?.join(', ') ?? '')}</text>`
    );
  });
  const nodes = order.map((index) => {
    const node = graph.nodes[index]!;
    const y = at.get(node.name) ?? 0;
    const note = node.note === '' ? '' : `<tspan class="note" dx="8">${htmlText(node.note)}</tspan>`;
    return `${nodeCircle(node, LEFT, y)}<text class="name" x="${LEFT + 22}" y="${y + 5}">${htmlText(node.name)}${note}</text>`;
  });
  const height = TOP * 2 + STEP * (order.length - 1);
  return `<svg class="graph down" role="img" aria-label="${htmlText(graph.label)}" viewBox="0 0 320 ${height}" width="320" height="${height}">${channels.join('')}${nodes.join('')}</svg>`;
}

const LEFT = 16;
const TOP = 20;
const STEP = 84;

/** In pixels: twice as much carried is √2 as thick. */
export function channelWidth(share: number): number {
  return Math.round((1.5 + 5 * Math.sqrt(share)) * 10) / 10;
}

/** Filled: a relay stands beside it. */
export function nodeCircle(node: Graph['nodes'][number], x: number, y: number): string {
  return `<circle class="${node.relay ? 'node relay' : 'node'}" cx="${x}" cy="${y}" r="9"/>`;
}
