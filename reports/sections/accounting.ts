/** Whether the books agree: what each node says its balance changed by, beside what our ledger says it should have. */
import type { Report } from '../../sim/measure/report.ts';
import { exact, quantity } from '../format.ts';
import { figureOf, pick } from '../pick.ts';
import { bounded, type Section } from '../section.ts';

export function accounting(report: Report): Section | null {
  const outcomes = pick(report, 'htlcs').map((metric) => `${exact(metric.value)} ${metric.tags.outcome}`);
  const error = pick(report, 'accounting_error_msat')[0];
  const fees = pick(report, 'fees_paid_msat')[0];
  if (report.accounting.length === 0 && error === undefined && outcomes.length === 0) return null;
  return {
    id: 'accounting',
    title: 'Do the books agree?',
    text: [
      [
        ...(error === undefined
          ? []
          : [
              figureOf(error) === 0
                ? 'To the millisatoshi: every node’s balance changed by what our ledger predicts.'
                : `No: ${quantity(error.value, 'msat')} (${exact(error.value)} msat) between the nodes’ balances and our ledger.`,
            ]),
        ...(outcomes.length === 0 ? [] : [`HTLCs sent: ${outcomes.join(', ')}.`]),
        ...(fees === undefined ? [] : [`Routing fees paid: ${quantity(fees.value, 'msat')}.`]),
      ].join(' '),
    ],
    figures:
      report.accounting.length === 0
        ? []
        : [
            {
              caption: 'Change of each node’s balance, msat',
              table: bounded(
                [
                  { title: 'Node', kind: 'name' },
                  { title: 'Node says', kind: 'number' },
                  { title: 'Ledger says', kind: 'number' },
                  { title: 'Earned', kind: 'number' },
                  { title: 'Paid', kind: 'number' },
                  { title: 'Off by', kind: 'number' },
                ],
                report.accounting.map((a) => [
                  a.node,
                  ...[a.lndDeltaMsat, a.ledgerDeltaMsat, a.earnedMsat, a.paidMsat, a.errorMsat].map((msat) => exact(msat)),
                ]),
                'report.json',
              ),
            },
          ],
  };
}
