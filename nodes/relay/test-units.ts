/** The raw carrier, for the bench: stamped units of random bytes from one relay to another, without session or acknowledgement. */
import { createHash } from 'node:crypto';
import { FeeLimitError, NoRouteError, PayloadTooLargeError } from '../errors.ts';
import type { Clock, Random, UnitsReceived, UnitsRequest, UnitsSent } from '../node.ts';
import type { Circuit } from './carrier/carrier.ts';
import { FrameError, Reader } from './wire/bytes.ts';
import { UNIT, UNIT_HEADER_BYTES, UNIT_ID_BYTES, unitHeader } from './wire/unit.ts';

/** Sequence number and when the unit was to be sent, behind the header. */
const STAMP_BYTES = 4 + 8;
export const TEST_UNIT_BYTES_MIN = UNIT_HEADER_BYTES + STAMP_BYTES;
/** Tests remembered, the oldest makes room; and units of one of them. */
const TESTS_MAX = 256;
const UNITS_MAX = 100_000;
/** Calls that wait for their end while units are offered at a rate. */
const PENDING_MAX = 2_048;

interface Arrivals {
  bytes: number;
  readonly latencyMs: number[];
  readonly arrivedMs: number[];
}

export class ReceivedTests {
  readonly #clock: Clock;
  readonly #tests = new Map<string, Arrivals>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws FrameError */
  receive(id: string, body: Uint8Array, unitBytes: number): void {
    const reader = new Reader(body);
    reader.uint(4);
    const sentMs = reader.float64();
    if (!Number.isFinite(sentMs)) throw new FrameError('a test unit without a time');
    let test = this.#tests.get(id);
    if (test === undefined) {
      if (this.#tests.size >= TESTS_MAX) this.#tests.delete(this.#tests.keys().next().value as string);
      test = { bytes: 0, latencyMs: [], arrivedMs: [] };
      this.#tests.set(id, test);
    }
    if (test.arrivedMs.length >= UNITS_MAX) return;
    const nowMs = this.#clock.now();
    test.bytes += unitBytes;
    test.arrivedMs.push(nowMs);
    test.latencyMs.push(nowMs - sentMs);
  }

  of(id: string): UnitsReceived {
    const test = this.#tests.get(unitId(id));
    if (test === undefined) return { count: 0, bytes: 0, firstMs: 0, lastMs: 0, latencyMs: [], arrivedMs: [] };
    const { bytes, latencyMs, arrivedMs } = test;
    const [firstMs, lastMs] = [arrivedMs[0] as number, arrivedMs.at(-1) as number];
    return { count: arrivedMs.length, bytes, firstMs, lastMs, latencyMs: [...latencyMs], arrivedMs: [...arrivedMs] };
  }
}

/** @throws PayloadTooLargeError, FeeLimitError, NoRouteError; whatever else fails is counted. */
export const sendTestUnits = async (request: UnitsRequest, circuit: Circuit, clock: Clock, random: Random): Promise<UnitsSent> => {
  const { count, ratePerS, signal } = request;
  const unitBytes = request.unitBytes ?? circuit.mtu;
  if (unitBytes > circuit.mtu || unitBytes < TEST_UNIT_BYTES_MIN) throw new PayloadTooLargeError(circuit.carrier, unitBytes, circuit.mtu);
  const make = unitMaker(request.id, unitBytes, random);
  const tally = { sent: 0, failed: 0 };
  const startMs = clock.now();
  const sendOne = async (sequence: number, dueMs: number): Promise<void> => {
    circuit.pace?.spend(unitBytes, clock.now());
    try {
      await circuit.send(make(sequence, dueMs), { signal });
      tally.sent += 1;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof FeeLimitError || error instanceof NoRouteError || error instanceof PayloadTooLargeError) throw error;
      tally.failed += 1;
    }
  };
  if (ratePerS === undefined) await closedLoop(count, request.inFlight ?? 1, (sequence) => sendOne(sequence, clock.now()), signal);
  else await openLoop(count, ratePerS, sendOne, clock, signal);
  return { hops: circuit.hops, unitBytes, ...tally, startMs, endMs: clock.now() };
};

/** So many units under way, each followed by the next. */
const closedLoop = async (
  count: number,
  inFlight: number,
  sendOne: (sequence: number) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> => {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      signal?.throwIfAborted();
      await sendOne(next++);
    }
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, count) }, lane));
};

/**
 * One unit every so often, whatever became of those before. Each is stamped with when it was due: a sender that falls behind would
 * otherwise leave its own delay out of the latency (coordinated omission).
 */
const openLoop = async (
  count: number,
  ratePerS: number,
  sendOne: (sequence: number, dueMs: number) => Promise<void>,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const startMs = clock.now();
  const pending = new Set<Promise<void>>();
  let failure: Error | undefined;
  for (let sequence = 0; sequence < count && failure === undefined; sequence++) {
    const dueMs = startMs + (sequence * 1000) / ratePerS;
    const waitMs = dueMs - clock.now();
    if (waitMs > 0) await clock.sleep(waitMs, { signal });
    signal?.throwIfAborted();
    if (pending.size >= PENDING_MAX) await Promise.race(pending);
    const sending = sendOne(sequence, dueMs)
      .catch((error: Error) => {
        failure ??= error;
      })
      .finally(() => pending.delete(sending));
    pending.add(sending);
  }
  await Promise.all(pending);
  if (failure !== undefined) throw failure;
};

const unitMaker = (id: string, unitBytes: number, random: Random): ((sequence: number, sentMs: number) => Buffer) => {
  const header = unitHeader(UNIT.test, unitId(id));
  const filling = random.bytes(unitBytes);
  return (sequence, sentMs) => {
    const unit = Buffer.from(filling);
    unit.set(header);
    unit.writeUInt32BE(sequence, UNIT_HEADER_BYTES);
    unit.writeDoubleBE(sentMs, UNIT_HEADER_BYTES + 4);
    return unit;
  };
};

const unitId = (id: string): string =>
  createHash('sha256')
    .update(id)
    .digest('hex')
    .slice(0, 2 * UNIT_ID_BYTES);
