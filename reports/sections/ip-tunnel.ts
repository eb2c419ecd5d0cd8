/** What ping, curl and iperf3 said on machines joined by an IP tunnel, a row for each carrier. */
import type { Report } from '../../sim/measure/report.ts';
import { quantity } from '../format.ts';
import { tagText } from '../labels.ts';
import { figureOf, pick } from '../pick.ts';
import { bounded, type Section } from '../section.ts';

export function ipTunnel(report: Report): Section | null {
  const tunnels = pick(report, 'ip_mtu_bytes');
  if (tunnels.length === 0) return null;
  const rows = tunnels.map((mtu) => {
    const { tags } = mtu;
    const goodput = (by: string, direction: string) =>
      quantity(figureOf(pick(report, 'ip_goodput_bytes_per_s', { ...tags, by, direction })[0]), 'B/s');
    const lost = (by: string, direction?: string) =>
      quantity(figureOf(pick(report, 'ip_loss_ratio', { ...tags, by, ...(direction && { direction }) })[0]), 'ratio');
    const udp = (direction: string) => {
      const [got, missing] = [goodput('udp', direction), lost('udp', direction)];
      return missing === '–' ? got : `${got}, lost ${missing}`;
    };
    return [
      tagText(tags),
      quantity(figureOf(mtu), 'B'),
      quantity(figureOf(pick(report, 'ip_rtt_ms', tags)[0]), 'ms'),
      lost('ping'),
      goodput('curl', 'down'),
      goodput('tcp', 'down'),
      goodput('tcp', 'up'),
      udp('down'),
      udp('up'),
    ];
  });
  const numbers = ['MTU', 'ping', 'Pings lost', 'curl', 'TCP, down', 'TCP, up', 'UDP, down', 'UDP, up'];
  return {
    id: 'ip-tunnel',
    title: 'Unchanged programs over IP',
    text: [
      'Two machines whose TUN devices are joined through a session: what their own ping, curl and iperf3 measured. UDP was offered at a ' +
        'fixed rate; ping is the median of the round trips. A download’s bytes were checked by SHA-256.',
    ],
    figures: [
      {
        caption: 'ping, curl and iperf3 through the IP tunnel',
        table: bounded(
          [{ title: 'Tunnel', kind: 'text' }, ...numbers.map((title) => ({ title, kind: 'number' as const }))],
          rows,
          'summary.csv',
        ),
      },
    ],
  };
}
