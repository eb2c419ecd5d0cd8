/** Figures as people read them. Exact values stand beside them in the tables. */

/**
 * A figure with its unit, about three digits: `27.1 kB/s`, `516 ms`, `4.25 sat`. Missing or not finite: `–`.
 * Units are those of sim/measure/metrics.ts, and `ratio` (0.92 reads 92 %). kB is 1,000 B.
 *
 * The report's page carries this function's source text to label its axes: it may use nothing outside itself.
 */
export function quantity(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const group = (digits: string): string => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  const round = (x: number): string => {
    const size = Math.abs(x);
    if (size === 0) return '0';
    if (size >= 100) return group(String(Math.round(x)));
    return String(Number(x.toPrecision(3)));
  };
  const scaled = (x: number, steps: readonly (readonly [number, string])[]): string => {
    // 999,600 rounds to 1,000 k: step up where rounding would show four digits.
    const step = steps.find(([size]) => Math.abs(x) >= size * 0.9995) ?? steps[steps.length - 1] ?? [1, ''];
    return `${round(x / step[0])} ${step[1]}`;
  };
  const bytes = (suffix: string) =>
    [
      [1e9, `GB${suffix}`],
      [1e6, `MB${suffix}`],
      [1e3, `kB${suffix}`],
      [1, `B${suffix}`],
    ] as const;
  const sats = (suffix: string) =>
    [
      [1e9, `M sat${suffix}`],
      [1e3, `sat${suffix}`],
      [1, `msat${suffix}`],
    ] as const;
  switch (unit) {
    case 'B':
      return Math.abs(value) < 100_000 ? `${group(String(Math.round(value)))} B` : scaled(value, bytes(''));
    case 'B/s':
      return scaled(value, bytes('/s'));
    case 'ms': {
      const seconds = Math.round(value / 1000);
      if (seconds >= 120) return `${Math.floor(seconds / 60)} min${seconds % 60 === 0 ? '' : ` ${seconds % 60} s`}`;
      return scaled(value, [
        [1000, 's'],
        [1, 'ms'],
      ]);
    }
    case 'msat':
      return scaled(value, sats(''));
    case 'msat/MiB':
      return scaled(value, sats('/MiB'));
    case 'ratio':
      return `${round(value * 100)} %`;
    default:
      return unit === '' ? round(value) : `${round(value)} ${unit}`;
  }
}

/** The number itself, its digits up to three after the point, in groups of three. Missing or not finite: `–`. */
export function exact(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const [whole = '', fraction] = String(Number(value.toFixed(3))).split('.');
  const grouped = /^-?\d+$/.test(whole) ? whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',') : whole;
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** `2 January 2026, 03:04 UTC` of an ISO time; any other text as it stands. */
export function day(iso: string): string {
  const [, year, month, date, time] = /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d).*Z$/.exec(iso) ?? [];
  const name = MONTHS[Number(month) - 1];
  return name === undefined ? iso : `${Number(date)} ${name} ${year}, ${time} UTC`;
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** `1 node`, `6 nodes`. */
export function many(count: number, one: string, several = `${one}s`): string {
  return `${exact(count)} ${count === 1 ? one : several}`;
}
