/**
 * How the page looks. Colours are Okabe and Ito's, moved until each has 4.5:1 (text) or 3:1 (lines) against its ground
 * in light and in dark; carriers differ by point and dash too. Charts read their colours from here.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fdfcfa; --ink: #1d1c1a; --soft: #5d5a55; --rule: #e2ded6; --grid: #ebe8e1; --panel: #f6f3ed;
  --good: #11653f; --bad: #a8201a; --warn: #7a4b00;
  --keysend: #0068a8; --onion-message: #b84a00; --peer-message: #00745a; --htlc-record: #93407c; --quiet: #79746b;
  --step0: #440f6b; --step1: #3b528b; --step2: #1f7f8c; --step3: #2f8f57; --step4: #7a7d00; --step5: #b3590b;
  --text: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif;
  --title: "Iowan Old Style", "Palatino Linotype", Palatino, "URW Palladio L", "Book Antiqua", Georgia, "DejaVu Serif", serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #16171a; --ink: #e9e6e0; --soft: #a5a19a; --rule: #34353a; --grid: #292a2f; --panel: #1d1e22;
    --good: #6fcf9c; --bad: #ff8f85; --warn: #f0b65c;
    --keysend: #63b3ed; --onion-message: #f5a45d; --peer-message: #45c9a3; --htlc-record: #dd95c8; --quiet: #918d85;
    --step0: #b79bea; --step1: #86a8f0; --step2: #5fc6cf; --step3: #7ddc93; --step4: #d9d65b; --step5: #f5a45d;
  }
}
@media print {
  :root {
    color-scheme: light;
    --ground: #fff; --ink: #111; --soft: #555; --rule: #ccc; --grid: #e4e4e4; --panel: #f6f6f6;
    --good: #11653f; --bad: #a8201a; --warn: #7a4b00;
    --keysend: #0068a8; --onion-message: #b84a00; --peer-message: #00745a; --htlc-record: #93407c; --quiet: #777;
    --step0: #440f6b; --step1: #3b528b; --step2: #1f7f8c; --step3: #2f8f57; --step4: #7a7d00; --step5: #b3590b;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; padding: clamp(1.5rem, 5vw, 4.5rem) clamp(1.1rem, 5vw, 3rem) 4rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.6 var(--text); font-variant-numeric: tabular-nums; overflow-wrap: break-word;
}
main, header, footer, nav { max-width: 58rem; margin-inline: auto; }
p, li { max-width: 42rem; }
h1, h2, h3 { font-family: var(--title); font-weight: 500; line-height: 1.2; text-wrap: balance; }
h1 { font-size: clamp(1.8rem, 4.2vw, 2.7rem); margin: .5rem 0 1.25rem; max-width: 24em; letter-spacing: -.01em; }
h2 { font-size: 1.55rem; margin: 0 0 .75rem; }
h3 { font: 600 .95rem/1.4 var(--text); margin: 0 0 .6rem; }
a { color: inherit; text-underline-offset: .2em; text-decoration-color: var(--quiet); }
a:hover { text-decoration-color: currentColor; }
:focus-visible { outline: 2px solid var(--keysend); outline-offset: 3px; border-radius: 2px; }
code { font: .88em/1.5 var(--mono); overflow-wrap: anywhere; }
.eyebrow { color: var(--soft); margin: 0; font-size: .92rem; }
.network { color: var(--soft); margin: 0 0 2rem; }
.network strong { color: var(--ink); font-weight: 600; }
.banner { border-left: 4px solid var(--bad); background: var(--panel); padding: 1rem 1.25rem; margin: 0 0 2rem; }
.banner p { margin: 0; } .banner p + p { color: var(--soft); margin-top: .35rem; }
.banner strong { color: var(--bad); }
dl.figures { display: flex; flex-wrap: wrap; gap: 1.5rem 3.25rem; margin: 2.25rem 0; padding: 0; }
dl.figures div { display: flex; flex-direction: column-reverse; }
dl.figures dd { margin: 0; font: 500 1.75rem/1.2 var(--title); }
dl.figures dt { color: var(--soft); font-size: .88rem; margin-top: .2rem; }
.verdict { font: 500 1.2rem/1.4 var(--title); margin: 2.5rem 0 .75rem; }
.good { color: var(--good); } .bad { color: var(--bad); } .unsure { color: var(--warn); }
ul.plain { margin: 1rem 0; padding: 0; list-style: none; font-size: .92rem; }
header > .scroll { margin-bottom: 1.25rem; } header > .scroll tbody th { white-space: nowrap; }
ul.thresholds, ul.warnings { list-style: none; margin: 0; padding: 0; }
ul.thresholds li { display: grid; grid-template-columns: 4.5rem minmax(0, 1fr); gap: 0 .5rem; padding: .45rem 0; border-top: 1px solid var(--rule); max-width: none; }
ul.thresholds span.measured { color: var(--soft); }
ul.thresholds strong { font-weight: 600; font-size: .92rem; }
ul.warnings li { padding: .15rem 0 .15rem 1.4rem; position: relative; }
ul.warnings li::before { content: "!"; position: absolute; left: .3rem; font-weight: 700; color: var(--warn); }
h2.small { font: 600 .95rem/1.4 var(--text); margin: 2.25rem 0 .5rem; }
nav { margin-top: 3rem; padding: .9rem 0; border-block: 1px solid var(--rule); font-size: .92rem; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; margin: 0; padding: 0; }
section { margin-top: 4.5rem; }
section > p { margin: 0 0 1rem; color: var(--soft); }
.plates { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); gap: 2.75rem 3rem; margin-top: 1.75rem; }
figure { margin: 0; min-width: 0; }
figure.wide { grid-column: 1 / -1; }
.canvas { position: relative; height: 19rem; }
.wide .canvas { height: 21rem; }
.rows3 .canvas { height: 11rem; } .rows6 .canvas { height: 16rem; } .rows12 .canvas { height: 22rem; } .rows24 .canvas { height: 38rem; }
details { margin-top: .75rem; }
summary { cursor: pointer; color: var(--soft); font-size: .9rem; width: fit-content; }
summary:hover { color: var(--ink); }
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-size: .9rem; line-height: 1.4; min-width: 60%; }
th, td { text-align: left; padding: .42rem 1.5rem .42rem 0; vertical-align: top; border-bottom: 1px solid var(--rule); }
thead th { color: var(--soft); font-weight: 500; font-size: .84rem; vertical-align: bottom; white-space: nowrap; }
tbody th { font-weight: 500; }
td.number, th.number { text-align: right; white-space: nowrap; }
th:last-child, td:last-child { padding-right: .25rem; }
.carriers table { width: 100%; font-size: 1rem; }
.carriers thead th { font-size: .84rem; white-space: normal; max-width: 8.5rem; }
.carriers th:not(:last-child), .carriers td:not(:last-child) { padding-right: 1.1rem; }
.carriers tbody th { font: 500 1.1rem/1.4 var(--title); white-space: nowrap; }
.carriers td { font-size: 1.05rem; }
.carriers h2 { font: 400 .88rem/1.4 var(--text); color: var(--soft); margin: 0 0 .25rem; }
.more { color: var(--soft); font-size: .88rem; }
svg.graph { display: block; max-width: 100%; height: auto; margin: .5rem 0; font-family: var(--text); }
svg.large { min-width: 34rem; }
.channel { stroke: var(--keysend); stroke-linecap: round; opacity: .75; }
.node { fill: var(--ground); stroke: var(--ink); stroke-width: 2; }
.node.relay { fill: var(--ink); }
svg text { text-anchor: middle; font-size: 13px; }
svg .name { fill: var(--ink); font-weight: 600; }
svg .note { fill: var(--soft); font-weight: 400; }
svg.down text, svg .right { text-anchor: start; } svg .left { text-anchor: end; }
svg .along { fill: var(--soft); font-size: 12px; }
svg .along, svg .halo { stroke: var(--ground); stroke-width: 4px; paint-order: stroke; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
footer { margin-top: 5rem; padding-top: 1rem; border-top: 1px solid var(--rule); color: var(--soft); font-size: .88rem; }
svg.graph.down { display: none; }
@media (max-width: 40rem) {
  section { margin-top: 3.5rem; }
  .canvas { height: 17rem; } .wide .canvas { height: 21rem; }
  .rows3 .canvas { height: 11rem; } .rows6 .canvas { height: 17rem; } .rows12 .canvas { height: 24rem; } .rows24 .canvas { height: 42rem; }
  dl.figures { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1.5rem; } dl.figures dd { font-size: 1.5rem; }
  ul.thresholds li { grid-template-columns: 1fr; }
  .carriers thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .carriers table, .carriers tbody, .carriers tr, .carriers th, .carriers td { display: block; }
  .carriers tr { padding: .75rem 0; border-bottom: 1px solid var(--rule); }
  .carriers tbody th { font-size: 1.2rem; padding: 0 0 .2rem; border: 0; }
  .carriers td { display: flex; justify-content: space-between; padding: .1rem 0; border: 0; font-size: 1rem; }
  .carriers td::before { content: attr(data-title); color: var(--soft); }
  .drawing:has(.down) .across { display: none; } svg.graph.down { display: block; min-width: 0; }
}
@media print {
  body { padding: 0; font-size: 10pt; }
  nav, summary, #every-figure { display: none; }
  section { margin-top: 1.75rem; } .canvas, svg.graph, ul.thresholds li, tr, p { break-inside: avoid; } h2, h3, section > p { break-after: avoid; }
  details { break-before: avoid; }
  .scroll { overflow: visible; }
  .plates { display: block; } figure { margin-top: 1.25rem; }
  .canvas, .wide .canvas { height: 13rem; } .rows3 .canvas { height: 9rem; } .rows12 .canvas { height: 15rem; }
  /* Paper is narrower than the screen that the chart was drawn for: shrink the picture, whole. */
  .canvas canvas { width: 100% !important; height: 100% !important; object-fit: contain; object-position: left top; }
  table { font-size: 8pt; line-height: 1.25; } th, td { padding: .2rem 1rem .2rem 0; } .carriers table, .carriers td { font-size: 10pt; }
}
`;
