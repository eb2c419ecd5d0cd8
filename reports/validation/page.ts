/** validation.html: one file that opens from disk, with nothing to fetch and no script. */
import { createHash } from 'node:crypto';
import { isGood, type RunMark, realRunsOf, type ScenarioValidation, type Validation } from '../../sim/validate/validation.ts';
import { day, quantity } from '../format.ts';
import { htmlText } from '../html/escape.ts';
import { STYLE } from '../html/style.ts';
import { tableHtml } from '../html/table.ts';
import { machineLine, paceLine } from './lines.ts';
import { ratiosSvg } from './ratios.ts';
import { reasons, rowsTable, tally } from './table.ts';

export function validationHtml(validation: Validation): string {
  const { scenarios, profile, host } = validation;
  const good = isGood(validation);
  const style = createHash('sha256').update(STYLE).digest('base64');
  const made = profile.madeFrom.map(({ name }) => name).join(', ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Model against LND · Leyden</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<p class="eyebrow">${htmlText(scenarios.map(({ scenario }) => scenario).join(', '))} · ${htmlText(day(host.startedAt))}</p>
<h1>How far is the model from LND?</h1>
<p class="network">Profile <strong>${htmlText(profile.name)}</strong>, measured ${htmlText(day(profile.measuredAt))} on ${htmlText(profile.machine.cpu)} with ${profile.machine.cores} cores${made === '' ? '' : `, on networks of its own: ${htmlText(made)}`}.</p>
${machineLine(validation)
  .map((text) => `<p class="network">${htmlText(text).replaceAll(/&#96;(.+?)&#96;/g, '<code>$1</code>')}</p>`)
  .join('\n')}
<p class="verdict ${good ? 'good' : 'bad'}">${good ? 'The model stands.' : 'The model is out of bounds.'}</p>
<ul class="thresholds">
${scenarios.map((found) => `<li><strong class="${isGood({ scenarios: [found] }) ? 'good' : 'bad'}">${isGood({ scenarios: [found] }) ? '✓ good' : '✗ OUT'}</strong><span><a href="#${htmlText(found.scenario)}">${htmlText(found.scenario)}</a> <span class="measured">${htmlText(tally(found))}</span></span></li>`).join('\n')}
</ul>
</header>
<main>
${scenarios.map(sectionHtml).join('\n')}
</main>
<footer><p>Made by Leyden ${htmlText(host.leyden)} on ${htmlText(day(host.endedAt))}. The figures behind this page: <code>validation.json</code>.</p></footer>
</body>
</html>
`;
}

function sectionHtml(found: ScenarioValidation): string {
  const { scenario, question, simulated, rows } = found;
  const real = realRunsOf(found);
  const ran = [
    ...real.map((run, i) => ranText(real.length === 1 ? 'Real nodes' : `Real nodes, run ${i + 1} of ${real.length}`, run)),
    ranText('Simulated', simulated),
  ];
  return `<section id="${htmlText(scenario)}" aria-labelledby="${htmlText(scenario)}-title">
<h2 id="${htmlText(scenario)}-title">${htmlText(question)}</h2>
${[...ran, ...paceLine(found)].map((text) => `<p>${htmlText(text)}</p>`).join('\n')}
<figure class="wide"><h3>Simulated over real</h3>${ratiosSvg(rows)}${tableHtml(rowsTable(found, 'all'), `${scenario}: LND and the model`)}</figure>
${
  reasons(found).length === 0
    ? ''
    : `<ul class="warnings">${reasons(found)
        .map((reason) => `<li>${htmlText(reason)}</li>`)
        .join('')}</ul>`
}
</section>`;
}

function ranText(title: string, { wallMs, versions, ended }: RunMark): string {
  const named = Object.entries(versions)
    .filter(([, version]) => version.length <= VERSION_MAX)
    .map(([name, version]) => `${name} ${version}`);
  return `${title}: ${quantity(wallMs, 'ms')}, ${named.join(', ')}${ended === null ? '' : `. Did not reach its end: ${ended}`}.`;
}

/** A hash is no version to read in a sentence. */
const VERSION_MAX = 32;
