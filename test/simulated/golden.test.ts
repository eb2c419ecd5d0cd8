/**
 * Every scenario leaves, event for event and byte for byte, what it left when its hashes were committed: in another process, on another
 * thread, on another day. After a change that is meant to change what happens: `npm run golden`.
 */
import test from 'ava';
import { golden, job, scenarioFiles } from './scenario-trace.ts';

/** As LEYDEN_DOCKER: what CI sets to `all` runs every scenario; `short` leaves out the long ones; unset, they are skipped with the reason. */
const wanted = process.env.LEYDEN_GOLDEN;
const SHORT_CPU_SECONDS_MAX = 8;
/** Faults under every carrier: they end well on docker, and so they do here. */
const END_WELL = ['channel-exhaustion.yaml', 'lossy-links.yaml', 'partition.yaml', 'relay-failure.yaml', 'soak-short.yaml'];
const RENEW = 'meant? then: npm run golden';
const committed = golden();

const run = wanted === undefined ? test.skip : test;
const why = wanted === undefined ? ' (LEYDEN_GOLDEN=all or short)' : '';

run(`every scenario has its hashes committed, and nothing else has${why}`, (t) => {
  t.deepEqual(Object.keys(committed), scenarioFiles(), RENEW);
});

for (const [scenario, { trace, report, cpuSeconds }] of Object.entries(committed)) {
  const runs = wanted === 'all' || (wanted === 'short' && (cpuSeconds <= SHORT_CPU_SECONDS_MAX || END_WELL.includes(scenario)));
  (runs ? test : test.skip)(
    `${scenario} leaves the trace and the report that are committed${runs ? '' : ' (LEYDEN_GOLDEN=all)'}`,
    async (t) => {
      const left = await job(scenario);
      t.is(left.trace, trace, RENEW);
      t.is(left.report, report, RENEW);
      if (END_WELL.includes(scenario)) t.deepEqual(left.errors, []);
    },
  );
}
