/**
 * Links and cores against queueing theory: with arrivals at random, what waits in the model waits as long as the formulas say. Means of
 * batches, so that an interval can be given that holds the true mean in 999 of 1,000 seeds; the seed is fixed.
 */
import test from 'ava';
import { LinkDirection } from '../../nodes/link.ts';
import { LINK_CLEAN } from '../../nodes/plan.ts';
import { Databases } from '../../nodes/simulated/engine/databases.ts';
import { Hosts } from '../../nodes/simulated/engine/hosts.ts';
import { Jobs } from '../../nodes/simulated/engine/jobs.ts';
import { MESSAGE } from '../../nodes/simulated/engine/links.ts';
import { Wires } from '../../nodes/simulated/engine/wires.ts';
import { EVENT } from '../../nodes/simulated/event-kinds.ts';
import { SeededRandom } from '../../nodes/simulated/random.ts';
import { VirtualTime } from '../../nodes/simulated/virtual-time.ts';

const BATCHES = 40;
const PER_BATCH = 5_000;
const WARM_UP = 5_000;
/** Student's t, 39 degrees of freedom, two-sided 0.001 (any published table). */
const T_0_001 = 3.558;
const SERVICE_US = 10_000;
const LOADS = [0.3, 0.6, 0.85];

interface System {
  readonly time: VirtualTime;
  /** Something arrives; `left` when it has been served. */
  arrive(number: number): void;
}

type MakeSystem = (time: VirtualTime, left: (number: number) => void, random: SeededRandom) => System;

/** Mean time in the system of Poisson arrivals, in µs, with half the width of its interval. */
function timeInSystem(make: MakeSystem, load: number, servers = 1): { readonly mean: number; readonly half: number } {
  const time = new VirtualTime();
  const random = new SeededRandom(1, `queueing ${load}`);
  const arrivals = random.split('arrivals');
  const total = WARM_UP + BATCHES * PER_BATCH;
  const came = new Float64Array(total);
  const took = new Float64Array(total);
  const system = make(time, (number) => (took[number] = time.nowUs - came[number]!), random.split('service'));
  let number = 0;
  const meanGapUs = SERVICE_US / (load * servers);
  time.on(EVENT.timer, () => {
    came[number] = time.nowUs;
    system.arrive(number++);
    if (number < total) time.schedule(exponential(arrivals, meanGapUs), EVENT.timer, 0, 0);
  });
  time.schedule(0, EVENT.timer, 0, 0);
  time.runEvents(Number.POSITIVE_INFINITY);
  const means = Array.from({ length: BATCHES }, (_, batch) =>
    meanOf(took.subarray(WARM_UP + batch * PER_BATCH, WARM_UP + (batch + 1) * PER_BATCH)),
  );
  const mean = meanOf(means);
  const variance = means.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (BATCHES - 1);
  return { mean, half: T_0_001 * Math.sqrt(variance / BATCHES) };
}

/** A thread alone on its machine. */
const onThread =
  (serviceUs: (random: SeededRandom) => number): MakeSystem =>
  (time, left, random) => {
    const jobs = jobsOn(time, 1, Int32Array.of(0));
    return { time, arrive: (number) => jobs.call(0, serviceUs(random), () => left(number)) };
  };

/** Jobs that any core takes. */
const onCores =
  (cores: number): MakeSystem =>
  (time, left, random) => {
    const jobs = jobsOn(time, cores, new Int32Array(0));
    return { time, arrive: (number) => jobs.computeCall(0, exponential(random, SERVICE_US), () => left(number)) };
  };

/** One node on a machine of its own that writes nothing and does nothing aside. */
function jobsOn(time: VirtualTime, cores: number, threads: Int32Array): Jobs {
  const host = Int32Array.of(0);
  return new Jobs(time, new Hosts(1, cores, 0), new Databases(host, Float64Array.of(0), 0), 0, host, threads);
}

/** A link whose rate lets a message of 1,000 B through in SERVICE_US, as scenarios write it. */
const overLink: MakeSystem = (time, left) => {
  const wires = new Wires(time, 0, 1);
  const link = { ...LINK_CLEAN, rateBytesPerS: 1_000 / (SERVICE_US / 1e6) };
  const none = () => 0.5;
  wires.setLink(0, new LinkDirection(link, { jitter: none, stalls: none }, 0));
  wires.on(MESSAGE.update, left);
  return { time, arrive: (number) => wires.send(0, 1_000, MESSAGE.update, number) };
};

for (const load of LOADS) {
  test(`messages over a link of fixed rate wait as in M/D/1, at a load of ${load}`, (t) => {
    // Pollaczek and Khinchine: W = s + ρ s ÷ 2 (1 − ρ).
    agrees(t, timeInSystem(overLink, load), SERVICE_US * (1 + load / (2 * (1 - load))));
  });

  test(`jobs of equal length on a thread wait as in M/D/1, at a load of ${load}`, (t) => {
    agrees(
      t,
      timeInSystem(
        onThread(() => SERVICE_US),
        load,
      ),
      SERVICE_US * (1 + load / (2 * (1 - load))),
    );
  });

  test(`jobs of random length on one core wait as in M/M/1, at a load of ${load}`, (t) => {
    // W = s ÷ (1 − ρ).
    agrees(t, timeInSystem(onCores(1), load), SERVICE_US / (1 - load));
    agrees(
      t,
      timeInSystem(
        onThread((random) => exponential(random, SERVICE_US)),
        load,
      ),
      SERVICE_US / (1 - load),
    );
  });

  test(`jobs of random length on two cores wait as in M/M/2, at a load of ${load}`, (t) => {
    // Erlang C for two servers: W = s ÷ (1 − ρ²).
    agrees(t, timeInSystem(onCores(2), load, 2), SERVICE_US / (1 - load ** 2));
  });
}

test('the interval is narrow enough to tell M/D/1 from M/M/1', (t) => {
  const { mean, half } = timeInSystem(overLink, 0.6);
  t.true(half / mean < 0.02, `± ${half} of ${mean} µs`);
});

function agrees(t: { true(actual: boolean, message: string): unknown }, { mean, half }: { mean: number; half: number }, expected: number) {
  t.true(Math.abs(mean - expected) <= half, `${mean.toFixed(1)} ± ${half.toFixed(1)} µs, expected ${expected.toFixed(1)}`);
}

function exponential(random: SeededRandom, mean: number): number {
  return -mean * Math.log(1 - random.float());
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return sum / values.length;
}
