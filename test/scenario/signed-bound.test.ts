import test from 'ava';
import { scenarioOf } from '../../sim/scenario/read.ts';

const boundOf = (threshold: string) =>
  scenarioOf(
    'f.yaml',
    `name: f
question: Is it?
topology: { line: { nodes: 3 } }
origins: { shop: { near: n2, port: 80 } }
relay: { on: all, exit: { n2: { allow: ['shop:80'] } } }
workloads:
  - { kind: soak, from: n0, to: n2, carriers: [keysend], origin: shop, duration: 1 min }
thresholds:
  ${threshold}
`,
  ).plan.thresholds[0]!.bound;

test('a bound may be below 0 where its metric may be, and nowhere else', (t) => {
  t.is(boundOf('goodput_slope_beyond_noise_per_h: value > -0.05'), -0.05);
  t.is(boundOf('goodput_slope_beyond_noise_per_h: value > -5 %'), -0.05);
  t.is(boundOf('memory_slope_per_h: value < 0.05'), 0.05);
  t.throws(() => boundOf('goodput_drift_ratio: value > -0.05'), { message: /must not be negative/ });
  t.throws(() => boundOf('goodput_slope_per_h: value > --0.05'), { message: /must not be negative/ });
});
