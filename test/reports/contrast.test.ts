import test from 'ava';
import { STYLE } from '../../reports/html/style.ts';

const [light = '', dark = '', print = ''] = [...STYLE.matchAll(/:root \{([^}]*)\}/g)].map(([, body]) => body ?? '');

for (const [theme, source] of Object.entries({ light, dark, print })) {
  const colours = Object.fromEntries([...source.matchAll(/--([\w-]+): (#[0-9a-f]{3,6})\b/g)].map(([, name, colour]) => [name, colour!]));

  for (const text of ['ink', 'soft', 'good', 'bad', 'warn']) {
    test(`${theme}: words in ${text} have the 4.5:1 that WCAG AA asks, on the page and on a panel`, (t) => {
      for (const ground of ['ground', 'panel']) t.true(contrast(colours[text]!, colours[ground]!) >= 4.5);
    });
  }

  for (const line of [
    'keysend',
    'onion-message',
    'peer-message',
    'htlc-record',
    'quiet',
    'step0',
    'step1',
    'step2',
    'step3',
    'step4',
    'step5',
  ]) {
    test(`${theme}: lines in ${line} have the 3:1 that WCAG AA asks of graphics`, (t) => {
      t.true(contrast(colours[line]!, colours.ground!) >= 3);
    });
  }
}

/** WCAG 2.2, "contrast ratio" and "relative luminance". */
function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const hex = colour.length === 4 ? [...colour.slice(1)].map((digit) => digit + digit).join('') : colour.slice(1);
  const [r = 0, g = 0, b = 0] = [0, 2, 4].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
