/** Finding costs from figures, where the truth is known. */
import test from 'ava';
import type { Costs } from '../../nodes/simulated/costs.ts';
import { DEFAULT_PROFILE } from '../../nodes/simulated/profile/default.ts';
import { weightOf, withPrograms } from '../../sim/calibrate/calibrate.ts';
import { fitted, GROUPS, solveDamped } from '../../sim/calibrate/fit.ts';

/** Not LND: a world whose figures follow from its costs by a formula. */
async function world({ dbCommitUs, dbCommitCpuUs, invoiceCpuUs, paymentStartCpuUs, commitSignCpuUs, asideShare }: Costs) {
  const busyUs = dbCommitCpuUs + invoiceCpuUs + paymentStartCpuUs + 3 * commitSignCpuUs;
  return {
    'x.one.p50_ms': (20_000 + 12 * dbCommitUs + busyUs * (1 - asideShare)) / 1_000,
    'x.many.per_s': 1e6 / (2 * dbCommitUs + invoiceCpuUs),
    'x.one.cpu_ms.payer': (10 * dbCommitCpuUs + 2 * paymentStartCpuUs + 3 * commitSignCpuUs) / 1_000,
    'x.one.cpu_ms.payee': (12 * dbCommitCpuUs + 2 * invoiceCpuUs + 3 * commitSignCpuUs) / 1_000,
    'x.many.cpu_ms.payer': (3 * dbCommitCpuUs + 2 * paymentStartCpuUs + 0.3 * commitSignCpuUs) / 1_000,
    'x.many.cpu_ms.payee': (4 * dbCommitCpuUs + 2 * invoiceCpuUs + 0.3 * commitSignCpuUs) / 1_000,
  };
}

test('from figures of a world the costs behind them are found again, from a start that is wrong by factors', async (t) => {
  const known = { paymentStartCpuUs: 1_700, commitSignCpuUs: 600, asideShare: 0.3 };
  const start: Costs = { ...DEFAULT_PROFILE.costs, ...known, dbCommitUs: 1_000, dbCommitCpuUs: 500, invoiceCpuUs: 1_000 };
  const truth: Costs = { ...start, dbCommitUs: 2_500, dbCommitCpuUs: 220, invoiceCpuUs: 2_200 };
  const { costs, error } = await fitted(start, await world(truth), weightOf, world, () => {});
  t.true(error < 0.03, `off by ${error}`);
  for (const key of ['dbCommitUs', 'dbCommitCpuUs', 'invoiceCpuUs'] as const) {
    const ratio = costs[key] / truth[key];
    t.true(ratio > 0.75 && ratio < 1.35, `${key}: ${costs[key]} for ${truth[key]}`);
  }
});

test('figures with no weight, and costs that no figure tells anything about, change nothing', async (t) => {
  const start = DEFAULT_PROFILE.costs;
  const measured = Object.fromEntries(Object.entries(await world(start)).map(([name, value]) => [name, 3 * value]));
  const { costs } = await fitted(
    start,
    measured,
    () => 0,
    world,
    () => {},
  );
  for (const key of Object.values(GROUPS).flat()) t.is(costs[key], Number(start[key].toPrecision(4)), key);
});

test('the linear equations inside are solved: 2x + y = 5, x + 3y = 10', (t) => {
  // JᵀJ step = −Jᵀr with J square is J step = −r.
  const [x, y] = solveDamped(
    [
      [2, 1],
      [1, 3],
    ],
    [-5, -10],
    0,
  );
  t.true(Math.abs(x! - 1) < 1e-9 && Math.abs(y! - 3) < 1e-9);
});

test('what programs cost is taken as it was measured, and where it was not, it stays', (t) => {
  const { costs } = DEFAULT_PROFILE;
  const own = withPrograms(costs, {
    'relays.keysend.relay_ms.n0': 4,
    'relays.keysend.relay_ms.n1': 3,
    'relays.peer.small.relay_ms.n0': 0.1,
    'relays.peer.small.relay_ms.n1': 0.3,
    'relays.peer.large.relay_ms.n0': 1.2,
    'relays.peer.large.relay_ms.n1': 1.2,
    'relays.peer.large.unit_bytes': 51_000,
    'relays-three.records.relay_ms.n0': 10,
    'relays-three.records.relay_ms.n1': 6.4,
    'relays-three.records.relay_ms.n2': 9.4,
    'relays-three.records.unit_bytes': 60_000,
  });
  t.is(own.payCallCpuUs, 4_000);
  t.is(own.heardPaymentCpuUs, 3_000);
  t.is(own.callCpuUs, 200);
  t.is(own.callCpuUsPerByte, 0.02);
  t.is(own.recordsMadeCpuUsPerByte, 0.1);
  t.is(own.recordsPassedCpuUsPerByte, 0.05);
  t.is(own.recordsHeardCpuUsPerByte, 0.1);
  t.is(own.onionBuildCpuUs, costs.onionBuildCpuUs);
  t.is(withPrograms(costs, {}).callCpuUs, costs.callCpuUs);
});
