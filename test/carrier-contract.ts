/**
 * What every carrier promises, as one suite for all four on every network, on the line of relay-contract/plan.ts: units arrive, whole,
 * up to its mtu and not above; the sender is held back where it is held back at all; order, loss and verdicts are as it declares them
 * (CARRIER_TRAITS). Bytes are few: on docker each keysend costs a second of a two-core machine's life.
 */
import type { ExecutionContext, TestFn } from 'ava';
import { PayloadTooLargeError } from '../nodes/errors.ts';
import type { Network, UnitsReceived, UnitsSent } from '../nodes/node.ts';
import { CARRIERS, type CarrierKind } from '../nodes/plan.ts';
import { CARRIER_TRAITS } from '../nodes/relay/carrier/carrier.ts';

export interface CarrierContractOptions {
  /** Opens the title of every test. */
  readonly title: string;
  /** A network of relayLinePlan(); called once, the suite disposes it. */
  readonly open: () => Promise<Network>;
}

type Contract = (t: ExecutionContext, network: Network) => Promise<void>;

interface Load {
  /** Enough to show what it promises. */
  readonly count: number;
  readonly inFlight?: number;
  readonly ratePerS?: number;
}

/** Five hops at LND's default limiter: 262,144 B at once and 64 kB/s of onion messages are let through. */
const GENTLE: Readonly<Record<CarrierKind, Load>> = {
  keysend: { count: 16, inFlight: 8 },
  'htlc-record': { count: 12, inFlight: 6 },
  'onion-message': { count: 6, ratePerS: 1.5 },
  'peer-message': { count: 60, inFlight: 8 },
};
const HARD: Readonly<Record<CarrierKind, Load>> = {
  keysend: { count: 60, inFlight: 60 },
  'htlc-record': { count: 24, inFlight: 24 },
  'onion-message': { count: 48, ratePerS: 200 },
  'peer-message': { count: 300, inFlight: 64 },
};
/** After this long without another unit, what is missing is lost. */
const SILENCE_MS = 4_000;
/** Between a unit's arrival in the other relay and the end of the call that sent it: two event loops' worth; on a machine, two starved ones'. */
const SLACK_MS = { virtual: 250, wall: 1_000 } as const;
/** 512 KiB a leg (peer-leg.ts) are eight units, six more are in calls to LND: over five legs so many are under way at most. */
const PEER_UNDER_WAY = 5 * (8 + 6);

const CONTRACTS: Record<string, Contract> = {};

for (const carrier of CARRIERS) {
  const { ordered, lossless, verdict } = CARRIER_TRAITS[carrier];

  CONTRACTS[`${carrier}: units at an easy pace all arrive, whole${ordered ? ' and in order' : ''}`] = async (t, network) => {
    const { sent, received } = await units(network, carrier, GENTLE[carrier]);
    t.is(sent.hops, 5);
    t.deepEqual([sent.sent, sent.failed, received.count], [GENTLE[carrier].count, 0, GENTLE[carrier].count]);
    t.is(received.bytes, received.count * sent.unitBytes);
    t.true(received.latencyMs.every((ms) => ms > 0 && ms < 30_000));
    if (ordered) t.true(isRising(sentMs(received)));
  };

  CONTRACTS[`${carrier}: a unit of its mtu arrives, and one byte more is refused by name`] = async (t, network) => {
    const { sent, received } = await units(network, carrier, { count: 1, inFlight: 1 });
    t.deepEqual([received.count, received.bytes], [1, sent.unitBytes]);
    const [from, to] = relays(network);
    const over = { id: `${carrier} over`, to: to.publicKey, carrier, count: 1, unitBytes: sent.unitBytes + 1 };
    const refused = await t.throwsAsync(from.sendUnits(over), { instanceOf: PayloadTooLargeError });
    t.is(refused.limitBytes, sent.unitBytes);
    t.is(refused.carrier, carrier);
    t.is((await to.receivedUnits(over.id)).count, 0);
  };

  const pressed = lossless
    ? 'pressed hard it holds its sender back and loses nothing unsaid'
    : 'what comes too fast vanishes without a word';
  CONTRACTS[`${carrier}: ${pressed}`] = async (t, network) => {
    const { count } = HARD[carrier];
    const { sent, received } = await units(network, carrier, HARD[carrier]);
    t.is(sent.sent + sent.failed, count);
    if (lossless) t.is(received.count, sent.sent);
    else t.true(received.count < sent.sent && sent.failed === 0, `${received.count} of ${count}`);
    if (verdict) {
      const after = received.arrivedMs.filter((ms) => ms > sent.endMs + SLACK_MS[network.clock.kind]);
      t.deepEqual(after, [], 'a unit arrives before its sender is told so');
    } else if (lossless) {
      const underWay = received.arrivedMs.filter((ms) => ms > sent.endMs).length;
      t.true(underWay <= PEER_UNDER_WAY, `${underWay} units were under way when the last had been taken`);
    }
  };
}

export function carrierContract(test: TestFn, { title, open }: CarrierContractOptions): void {
  let network: Network | undefined;
  test.serial.before(`${title}: opens`, async (t) => {
    t.timeout(600_000);
    network = await open();
  });
  test.serial.after.always(`${title}: is closed`, async (t) => {
    t.timeout(120_000);
    await network?.[Symbol.asyncDispose]();
  });
  for (const [name, body] of Object.entries(CONTRACTS))
    test.serial(`${title}: ${name}`, async (t) => {
      t.timeout(180_000);
      await body(t, network!);
    });
}

const relays = (network: Network) => [network.relays.get('n0')!, network.relays.get('n5')!] as const;

let runs = 0;

/** Units from n0 to n5, and what came until nothing more did. */
const units = async (
  network: Network,
  carrier: CarrierKind,
  load: Load,
): Promise<{ readonly sent: UnitsSent; readonly received: UnitsReceived }> => {
  const [from, to] = relays(network);
  const id = `${carrier} ${runs++}`;
  const sent = await from.sendUnits({ id, to: to.publicKey, carrier, ...load });
  let received = await to.receivedUnits(id);
  for (let quietMs = 0; received.count < load.count && quietMs < SILENCE_MS; ) {
    await network.clock.sleep(200);
    const next = await to.receivedUnits(id);
    quietMs = next.count > received.count ? 0 : quietMs + 200;
    received = next;
  }
  return { sent, received };
};

const sentMs = ({ arrivedMs, latencyMs }: UnitsReceived): number[] => arrivedMs.map((ms, index) => ms - latencyMs[index]!);

const isRising = (numbers: readonly number[]): boolean => numbers.every((number, index) => index === 0 || number >= numbers[index - 1]!);
