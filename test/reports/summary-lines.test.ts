import test from 'ava';
import { summaryLines } from '../../reports/summary-lines.ts';
import { fixture } from './fixture.ts';

test('the last lines of a run say what was asked, which network answered, the figures and where the report is', (t) => {
  const lines = summaryLines(fixture().report, 'reports/out/vpn-5hop');
  t.is(lines[0], 'How fast, how far and at what price does a VPN run over five Lightning hops?');
  t.regex(lines[1] ?? '', /^Measured on real nodes in Docker/);
  t.is(lines.at(-1), 'All 3 thresholds passed. Report: reports/out/vpn-5hop');
  t.true(lines.some((line) => /^ {2}Keysend +24\.6 kB\/s +25\.1 kB\/s/.test(line)));
  t.true(lines.some((line) => line === '  pass  accounting_error_msat: value == 0  (measured 0 msat)'));
});

test('what a threshold counts has no unit', (t) => {
  const { report } = fixture();
  const text = 'payment_latency_ms: count >= 20';
  const lines = summaryLines({ ...report, thresholds: [{ ...report.thresholds[0]!, text, stat: 'count', measured: 1_200 }] }, '.');
  t.true(lines.includes(`  pass  ${text}  (measured 1,200)`), lines.join('\n'));
});

test('columns stand under each other', (t) => {
  const lines = summaryLines(fixture().report, '.');
  const table = lines.slice(lines.indexOf('Over 5 hops:') + 1).slice(0, 4);
  t.is(new Set(table.map((line) => line.length)).size, 1);
});

test('a name cannot move the terminal’s cursor, colour it or add a line', (t) => {
  const evil = 'n\u001b[2J\u001b]0;x\u0007\r\nfake: passed';
  const lines = summaryLines({ ...fixture().report, question: evil, warnings: [evil], ended: { error: 'E', message: evil } }, evil);
  for (const line of lines) t.notRegex(line, /\p{Cc}/u);
});
