/**
 * Quantities as people write them, `10M sat`, `50 ms`, `64 kB/s`, to numbers in one unit each. Exact: decimal digits are
 * scaled as integers, so `0.1 s` is 100 ms and not 100.00000000000001.
 */
import { knownWords } from './nearest.ts';

export type Dimension = 'duration' | 'bytes' | 'amount' | 'rate' | 'cost' | 'rent' | 'share';

interface Measure {
  /** What the number that comes out counts. */
  readonly unit: string;
  readonly what: string;
  readonly example: string;
  /** Written unit → how many of the smallest step it is. */
  readonly steps: Readonly<Record<string, bigint>>;
  /** Smallest steps in one `unit`. What does not come out as whole steps is refused. */
  readonly stepsPerUnit: number;
  readonly step: string;
}

export const MEASURES: Readonly<Record<Dimension, Measure>> = {
  duration: {
    unit: 'ms',
    what: 'a duration',
    example: '50 ms, 10 s or 2 min',
    steps: { us: 1n, µs: 1n, ms: 1_000n, s: 1_000_000n, min: 60_000_000n, h: 3_600_000_000n },
    stepsPerUnit: 1_000,
    step: 'microseconds',
  },
  bytes: {
    unit: 'B',
    what: 'a size',
    example: '500 B, 64 kB or 4 MiB',
    steps: { B: 1n, kB: 1_000n, MB: 1_000_000n, GB: 1_000_000_000n, KiB: 1_024n, MiB: 1_048_576n, GiB: 1_073_741_824n },
    stepsPerUnit: 1,
    step: 'bytes',
  },
  amount: {
    unit: 'msat',
    what: 'an amount',
    example: '1 msat, 500 sat or 10M sat',
    steps: {
      msat: 1n,
      sat: 1_000n,
      'k msat': 1_000n,
      'M msat': 1_000_000n,
      'k sat': 1_000_000n,
      'M sat': 1_000_000_000n,
      BTC: 100_000_000_000n,
    },
    stepsPerUnit: 1,
    step: 'millisatoshi',
  },
  rate: {
    unit: 'B/s',
    what: 'a rate',
    example: '512 kbit/s, 64 kB/s or 2 MiB/s',
    steps: {
      'bit/s': 1n,
      'kbit/s': 1_000n,
      'Mbit/s': 1_000_000n,
      'Gbit/s': 1_000_000_000n,
      'B/s': 8n,
      'kB/s': 8_000n,
      'MB/s': 8_000_000n,
      'GB/s': 8_000_000_000n,
      'KiB/s': 8_192n,
      'MiB/s': 8_388_608n,
      'GiB/s': 8_589_934_592n,
    },
    stepsPerUnit: 8,
    step: 'bits per second',
  },
  cost: {
    unit: 'msat/MiB',
    what: 'a price',
    example: '500k msat/MiB or 2k sat/MiB',
    steps: {
      'msat/MiB': 1n,
      'sat/MiB': 1_000n,
      'k msat/MiB': 1_000n,
      'M msat/MiB': 1_000_000n,
      'k sat/MiB': 1_000_000n,
      'M sat/MiB': 1_000_000_000n,
    },
    stepsPerUnit: 1,
    step: 'millisatoshi per MiB',
  },
  rent: {
    unit: 'msat/min',
    what: 'a price for time',
    example: '5 sat/min or 500 msat/min',
    steps: {
      'msat/min': 1n,
      'sat/min': 1_000n,
      'k msat/min': 1_000n,
      'M msat/min': 1_000_000n,
      'k sat/min': 1_000_000n,
    },
    stepsPerUnit: 1,
    step: 'millisatoshi per minute',
  },
  share: {
    unit: '',
    what: 'a plain number',
    example: '0.9 or 90 %',
    steps: { '': 1_000_000n, '%': 10_000n },
    stepsPerUnit: 1_000_000,
    step: 'millionths',
  },
};

export type Quantity = { readonly value: number } | { readonly problem: string };

const LENGTH_MAX = 40;
const FORM = /^(-?)(\d[\d_]*)(?:\.(\d+))?\s*(.*)$/u;

/** `written` in the dimension's own unit (see MEASURES), never negative. A bare 0 needs no unit; anything else does. */
export function readQuantity(dimension: Dimension, written: unknown): Quantity {
  const measure = MEASURES[dimension];
  const expected = `expected ${measure.what} such as ${measure.example}`;
  if (written === 0) return { value: 0 };
  if (typeof written === 'number' && !('' in measure.steps)) return { problem: `${expected}, found ${written} without a unit` };
  if (typeof written !== 'string' && typeof written !== 'number') return { problem: `${expected}, found ${shown(written)}` };
  const form = FORM.exec(String(written).trim());
  if (form === null || String(written).length > LENGTH_MAX) return { problem: `${expected}, found ${shown(written)}` };
  const [, sign, whole, fraction = '', rest] = form as unknown as [string, string, string, string | undefined, string];
  const unit = rest.replace(/\s+/gu, ' ');
  if (sign !== '') return { problem: `${expected}, found ${shown(written)}: it must not be negative` };
  const perUnit = Object.hasOwn(measure.steps, unit) ? measure.steps[unit]! : null;
  const digits = BigInt(whole.replaceAll('_', '') + fraction);
  if (perUnit === null && unit === '' && digits === 0n) return { value: 0 };
  if (perUnit === null)
    return { problem: `${expected}, found ${shown(written)}${unit === '' ? ' without a unit' : wrongUnit(unit, dimension)}` };
  const scale = 10n ** BigInt(fraction.length);
  const steps = digits * perUnit;
  if (steps % scale !== 0n) return { problem: `${expected}, found ${shown(written)}: not a whole number of ${measure.step}` };
  const count = steps / scale;
  if (count > BigInt(Number.MAX_SAFE_INTEGER)) return { problem: `${expected}, found ${shown(written)}: too large to count exactly` };
  return { value: Number(count) / measure.stepsPerUnit };
}

function wrongUnit(unit: string, dimension: Dimension): string {
  for (const [other, measure] of Object.entries(MEASURES)) {
    if (other !== dimension && Object.hasOwn(measure.steps, unit)) return `: ${unit} measures ${measure.what.replace(/^an? /u, '')}`;
  }
  const known = Object.keys(MEASURES[dimension].steps).filter((name) => name !== '');
  return `: unknown unit ${shown(unit)}${knownWords(unit, known)}`;
}

/** What stood there, short enough for a message. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'no value';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const text = typeof value === 'string' ? `'${value}'` : String(value);
  return text.length > LENGTH_MAX ? `${text.slice(0, LENGTH_MAX)}…` : text;
}

/** A number of one of the units above, as messages show it. */
export function withUnit(value: number, unit: string): string {
  return unit === 'msat' && value >= 1_000 && value % 1_000 === 0 ? `${value / 1_000} sat` : `${value} ${unit}`;
}
