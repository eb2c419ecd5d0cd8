/**
 * `npm run faults`: the whole table over real LND, nine faults and four carriers, on one network of five nodes. Words after `--` choose
 * carriers and faults by name: `npm run faults -- keysend middle-lnd`. Ends 0 when every transfer arrived whole or ended by name, with
 * nothing paid twice. Some half an hour. Interrupted, it takes the network down and exits 105.
 */
import { openDocker } from '../../nodes/docker/network.ts';
import { CARRIERS, type CarrierKind } from '../../nodes/plan.ts';
import { connectRelay } from '../../nodes/relay/index.ts';
import { interruptible } from '../load/interruptible.ts';
import { faultsRound } from './plan.ts';
import { FAULTS, type FaultName, type Struck, strikes } from './table.ts';

const EACH_MS = 400_000;

const words = process.argv.slice(2);
const chosen = <T extends string>(all: readonly T[]): readonly T[] => {
  const named = all.filter((name) => words.includes(name));
  return named.length > 0 ? named : all;
};
const carriers = chosen(CARRIERS);
const faults = chosen(Object.keys(FAULTS) as FaultName[]);
const unknown = words.filter((word) => ![...CARRIERS, ...Object.keys(FAULTS)].includes(word));
if (unknown.length > 0) {
  process.stderr.write(
    `no carrier and no fault is called ${unknown.join(', ')}; there are ${[...CARRIERS, ...Object.keys(FAULTS)].join(', ')}\n`,
  );
  process.exit(104);
}

const results = new Map<string, Struck>();
await interruptible(async (signal) => {
  // After each fault the network is mended, for minutes where need be: not for one that is to go.
  const stopped = Promise.withResolvers<never>();
  stopped.promise.catch(() => {});
  signal.addEventListener('abort', () => stopped.reject(signal.reason), { once: true });
  await using network = await openDocker(faultsRound(), { connectRelay, signal });
  let bad = 0;
  for (const fault of faults)
    for (const carrier of carriers) {
      const striking = strikes(network, carrier, fault, AbortSignal.any([signal, AbortSignal.timeout(EACH_MS)]));
      const struck = await Promise.race([striking, stopped.promise]);
      results.set(`${fault} ${carrier}`, struck);
      const good = !['unnamed', 'ProcessEndedError'].includes(struck.ended) && struck.accountingErrorMsat === 0;
      if (!good) bad += 1;
      process.stdout.write(`${good ? 'pass' : 'FAIL'}  ${fault}, ${carrier}: ${inWords(struck)}\n`);
    }
  process.stdout.write(`\n${table(faults, carriers)}\n${bad === 0 ? '' : `${bad} of ${results.size} failed\n`}`);
  process.exitCode = bad === 0 ? 0 : 99;
});

function inWords({ ended, message, accountingErrorMsat, off, recoveryMs, beforePerS, tookMs, ways, met }: Struck): string {
  const back = recoveryMs === null ? 'no recovery' : `recovered after ${(recoveryMs / 1_000).toFixed(1)} s`;
  const rate = beforePerS === null ? 'nothing moved when it struck' : `${(beforePerS / 1_000).toFixed(1)} kB/s before`;
  const way = `by way of ${ways.join(', then ') || '?'}${met ? '' : ': not past what was struck'}`;
  return `${ended}, ${way}, ${rate}, ${back}, off the books ${accountingErrorMsat ?? '?'} msat${off === '' ? '' : ` [${off}]`}, ${(tookMs / 1_000).toFixed(0)} s${message === '' ? '' : ` (${message.split('\n')[0]})`}`;
}

/** Markdown: what happened to each transfer, and how long goodput stayed below half. What was not on a transfer's way says nothing of it. */
function table(rows: readonly FaultName[], columns: readonly CarrierKind[]): string {
  const cell = (struck: Struck | undefined): string => {
    if (struck === undefined) return '';
    if (struck.ended !== 'whole') return `\`${struck.ended}\``;
    if (!struck.met) return 'whole, has no part in it';
    return struck.recoveryMs === null ? 'whole' : `whole, ${(struck.recoveryMs / 1_000).toFixed(1)} s`;
  };
  return [
    `| during a transfer | ${columns.join(' | ')} |`,
    `|---|${columns.map(() => '---|').join('')}`,
    ...rows.map((fault) => `| ${FAULTS[fault].what} | ${columns.map((carrier) => cell(results.get(`${fault} ${carrier}`))).join(' | ')} |`),
  ].join('\n');
}
