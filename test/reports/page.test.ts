import { createHash } from 'node:crypto';
import test from 'ava';
import { chartLibrary, inlined } from '../../reports/html/chart-library.ts';
import { reportHtml } from '../../reports/html/page.ts';
import type { Findings, Sample } from '../../sim/measure/report.ts';
import { fixture, line } from './fixture.ts';

const EVIL = `"><script>alert(1)</script><img src=x onerror=alert(1)>'\`\u202e\u0007=cmd()`;

test('the page asks nothing of any network and has no style attribute, which its policy would refuse', async (t) => {
  const page = unscripted(reportHtml(fixture(), await chartLibrary()));
  t.false(/<link|<img|<iframe|<object|<embed|\bsrc=|@import|url\(/i.test(page));
  t.false(/\sstyle=/i.test(page));
  t.deepEqual(
    [...page.matchAll(/href="([^"]*)"/g)].map(([, href]) => href?.[0]).filter((first) => first !== '#'),
    [],
  );
});

test('its policy names these very scripts and this very style', async (t) => {
  const page = reportHtml(fixture(), await chartLibrary());
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? '';
  t.regex(policy, /default-src 'none'/);
  t.notRegex(policy, /unsafe/);
  const inline = [...page.matchAll(/<(?:script|style)>([\s\S]*?)<\/(?:script|style)>/g)].map(([, source]) => source ?? '');
  t.is(inline.length, 3);
  for (const source of inline) t.true(policy.includes(`sha256-${createHash('sha256').update(source).digest('base64')}`));
});

test('nothing that a name says becomes markup', async (t) => {
  const calm = reportHtml(everywhere('calm'), await chartLibrary());
  const evil = reportHtml(everywhere(EVIL), await chartLibrary());
  const elements = (page: string): readonly string[] => unscripted(page).match(/<[a-z][^>]*/gi) ?? [];
  t.deepEqual(elements(evil).map(bare), elements(calm).map(bare));
  const words = unscripted(evil);
  t.false(words.includes('\u202e') || words.includes('\u0007'));
  t.true(evil.includes('&#60;script&#62;alert(1)'));
});

test('names inside the charts’ data cannot end its script', async (t) => {
  const page = reportHtml(everywhere('</script><!--'), await chartLibrary());
  const data = /<script type="application\/json" id="charts">([\s\S]*?)<\/script>/.exec(page)?.[1] ?? '';
  t.notRegex(data, /</);
  t.true(JSON.stringify(JSON.parse(data)).includes('</script><!--'));
});

test('each chart has its table beside it', async (t) => {
  const page = reportHtml(fixture(), await chartLibrary());
  const figures = page.match(/<figure[\s\S]*?<\/figure>/g) ?? [];
  const charts = figures.filter((figure) => figure.includes('<canvas'));
  t.true(charts.length >= 10);
  for (const figure of charts) t.regex(figure, /<details><summary>As a table<\/summary>[\s\S]*<tbody>\s*<tr>/);
});

test('the largest run still makes a page under 1 MB', async (t) => {
  const samples = Array.from(
    { length: 300_000 },
    (_, i): Sample => ({
      metric: 'message_latency_ms',
      tags: { carrier: 'keysend', hops: i % 40, in_flight: i % 7 },
      atMs: i,
      value: 1 + (i % 997),
    }),
  );
  const large = fixture({ edges: line(10_000), kind: 'simulated' });
  const metrics = Array.from({ length: 3_000 }, (_, i) => ({ ...large.report.metrics[i % 60]!, tags: { carrier: 'keysend', hops: i } }));
  const warnings = Array.from({ length: 2_000 }, (_, i) => `warning ${i}: ${'x'.repeat(200)}`);
  const page = reportHtml(
    { report: { ...large.report, metrics, warnings }, samples: [...large.samples, ...samples] },
    await chartLibrary(),
  );
  t.true(Buffer.byteLength(page) < 1_000_000, `${Buffer.byteLength(page)} B`);
  t.regex(page, /The 24 nodes that were busiest, and 23 channels among them, of 9,999/);
});

test('a run that ended before it measured anything has a page that says so', async (t) => {
  const { report } = fixture({
    change: (r) => ({
      ...r,
      metrics: [],
      phases: [],
      thresholds: [],
      accounting: [],
      channels: [],
      warnings: [],
      ended: { error: 'DeadlineError', message: 'waited 30 s for every channel to be active; n3 was late' },
    }),
  });
  const page = unscripted(reportHtml({ report, samples: [] }, await chartLibrary()));
  t.true(/This run did not reach its end\.<\/strong> DeadlineError: waited 30 s/.test(page));
  t.false(/undefined|NaN|null</.test(page));
  t.false(/<canvas/.test(page));
});

test('what channels carried is not told as nothing where the run ended before it was known', async (t) => {
  const unknown = fixture({
    change: (r) => ({
      ...r,
      ended: { error: 'InterruptedError', message: 'interrupted by SIGTERM' },
      channels: r.channels.map((channel) => ({ ...channel, htlcs: 0, forwardedMsat: 0 })),
    }),
  });
  t.false(/\b0 HTLCs/.test(reportHtml(unknown, await chartLibrary())));
  t.true(/3,412 HTLCs/.test(reportHtml(fixture(), await chartLibrary())));
});

test('how figures were measured stands beside the command, and what a tunnel leaves out beside its goodput', async (t) => {
  const note = (i: number): string => `Payments: the first over ${i} hops is warm-up and left out.`;
  const notes = Array.from({ length: 30 }, (_, i) => note(i));
  const page = reportHtml(fixture({ change: (r) => ({ ...r, notes }) }), await chartLibrary());
  const environment = /<section id="environment"[\s\S]*?<\/section>/.exec(page)?.[0] ?? '';
  t.true(environment.includes(`<p>${note(19)}</p>`));
  t.true(environment.includes('<p>10 more notes in report.json.</p>'));
  t.false(environment.includes(note(20)));
  t.regex(/<section id="tunnel"[\s\S]*?<\/section>/.exec(page)?.[0] ?? '', /Left out is the first ninth of each transfer/);
});

test('chart.js stands inside a script without ending it, and asks for no source map', (t) => {
  const made = inlined('a = "</script>"; b = "<!--";\n//# sourceMappingURL=x.map\n');
  t.notRegex(made, /<\/script|<!--|sourceMappingURL/i);
  t.deepEqual(new Function(`let a, b; ${made}; return [a, b]`)(), ['</script>', '<!--']);
});

/** A name in every place that takes one. */
function everywhere(name: string): Findings {
  return fixture({
    change: (r) => ({
      ...r,
      scenario: name,
      question: name,
      warnings: [name],
      notes: [name],
      ended: { error: name, message: name },
      network: { ...r.network, reason: name, versions: { [name]: name }, images: { [name]: name } },
      host: { ...r.host, command: name, os: name, leyden: name, startedAt: name, endedAt: name },
      phases: r.phases.map((phase) => ({ ...phase, name })),
      thresholds: r.thresholds.map((threshold) => ({ ...threshold, text: name, at: name })),
      accounting: r.accounting.map((account) => ({ ...account, node: name })),
      metrics: r.metrics.map((metric) => ({ ...metric, tags: { ...metric.tags, ...('carrier' in metric.tags ? { carrier: name } : {}) } })),
      channels: [],
      plan: {
        ...r.plan,
        network: {
          ...r.plan.network,
          nodes: r.plan.network.nodes.map((node) => ({ ...node, name })),
          channels: r.plan.network.channels.map((channel) => ({ ...channel, name, from: name, to: name })),
          origins: r.plan.network.origins.map((origin) => ({ ...origin, name, near: name })),
        },
      },
    }),
  });
}

/** Without the scripts that run: their source is ours and chart.js'. */
function unscripted(page: string): string {
  return page.replaceAll(/<script>[\s\S]*?<\/script>/g, '<script>');
}

/** A tag without its attributes' values. */
function bare(tag: string): string {
  return tag.replaceAll(/"[^"]*"/g, '""');
}
