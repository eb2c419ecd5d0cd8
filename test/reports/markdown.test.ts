import test from 'ava';
import fc from 'fast-check';
import { code, markdownText, reportMarkdown } from '../../reports/markdown.ts';
import { fixture } from './fixture.ts';

test('report.md opens with the question, then how it went and which network it was', (t) => {
  const [question, verdict] = reportMarkdown(fixture()).split('\n\n');
  t.is(question, '## How fast, how far and at what price does a VPN run over five Lightning hops?');
  t.regex(verdict ?? '', /^✅ \*\*All 3 thresholds passed\.\*\* `vpn-5hop`, seed 1\. Measured on real nodes in Docker \(LND 0\.21\.3-beta/);
});

test('a simulated run says that its times are virtual', (t) => {
  t.regex(reportMarkdown(fixture({ kind: 'simulated' })), /Simulated .*All times are virtual/);
  t.notRegex(reportMarkdown(fixture({ kind: 'simulated' })), /real nodes/);
});

test('a failed threshold is told at the top and in its line', (t) => {
  const markdown = reportMarkdown(
    fixture({ change: (r) => ({ ...r, thresholds: r.thresholds.map((threshold, i) => ({ ...threshold, passed: i !== 1 })) }) }),
  );
  t.regex(markdown, /❌ \*\*1 of 3 thresholds failed\.\*\*/);
  t.regex(markdown, /- ❌ FAIL `tunnel_goodput_bytes_per_s\{carrier=keysend\}: value > 5 kB\/s` measured 24\.6 kB\/s/);
});

test('a run that ended early says what ended it, even when no threshold failed', (t) => {
  const markdown = reportMarkdown(
    fixture({ change: (r) => ({ ...r, thresholds: [], metrics: [], ended: { error: 'TimeLimitError', message: '10 min passed' } }) }),
  );
  t.regex(markdown, /> \*\*This run did not reach its end\.\*\* TimeLimitError: 10 min passed/);
  t.notRegex(markdown, /✅/);
});

test('how the figures were measured stands beside the command that makes them again', (t) => {
  const note = 'Payments: the first over each number of hops is warm-up and left out.';
  const markdown = reportMarkdown(fixture({ change: (r) => ({ ...r, notes: [note] }) }));
  const [, environment = ''] = markdown.split('### How to make these figures again');
  t.true(environment.split('\n\n').includes(note));
});

test('every table has as many cells in each row as in its head', (t) => {
  const bar = 'a|b\\|c `|` d';
  const { report, samples } = fixture({
    change: (r) => ({ ...r, accounting: r.accounting.map((account) => ({ ...account, node: bar })), host: { ...r.host, command: bar } }),
  });
  const tables = reportMarkdown({ report, samples })
    .split('\n\n')
    .filter((block) => block.startsWith('| '));
  t.true(tables.length > 10);
  for (const table of tables) {
    // In GitHub's tables a bar ends a cell unless a backslash stands before it.
    const widths = table.split('\n').map((row) => row.match(/(?<!\\)\|/g)?.length);
    t.is(new Set(widths).size, 1, table);
  }
});

test('it fits a comment on GitHub', (t) => {
  t.true(reportMarkdown(fixture()).length < 65_536);
});

test('text from a scenario cannot mark up, mention, link or break its line', (t) => {
  t.is(markdownText('a\nb'), 'a b');
  t.notRegex(markdownText('<img src=x> & <b>'), /<(?!!--)/);
  t.notRegex(markdownText('@leyden #12 https://x.example www.x.example'), /@\w|#\d|:\/\/|www\./);
  t.is(markdownText('1. one'), '1\\. one');
  t.is(markdownText('- one'), '\\- one');
  t.is(markdownText('24.6 kB/s'), '24.6 kB/s');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const bare = markdownText(text).replaceAll(/\\./gu, '').replaceAll('<!-- -->', '');
      return !/[<>*_`[\]|~\n\p{Cc}]/u.test(bare);
    }),
  );
});

test('code is closed by its own fence and by nothing inside', (t) => {
  t.is(code('n0'), '`n0`');
  t.is(code('a`b'), '``a`b``');
  t.is(code('`'), '`` ` ``');
  fc.assert(
    fc.property(fc.stringMatching(/^[`a ]{0,12}$/), (text) => {
      const made = code(text);
      const fence = /^`+/.exec(made)![0];
      const inside = made.slice(fence.length, -fence.length);
      return made.endsWith(fence) && ![...inside.matchAll(/`+/g)].some(([run]) => run.length === fence.length);
    }),
  );
});
