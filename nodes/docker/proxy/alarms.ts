/** The machine's clock in µs, and alarms on it as near to their time as timers of whole milliseconds allow. */

export interface Alarms {
  nowUs(): number;
  alarm(ring: () => void): Alarm;
}

export interface Alarm {
  set(atUs: number): void;
  clear(): void;
}

const US_PER_MS = 1_000;

/** Rings up to half a millisecond early or a little late; who is rung looks at the clock. */
export const machineAlarms: Alarms = {
  nowUs,
  alarm(ring) {
    let timer: NodeJS.Timeout | undefined;
    return {
      set(atUs) {
        clearTimeout(timer);
        timer = setTimeout(ring, Math.max(1, Math.round((atUs - nowUs()) / US_PER_MS)));
      },
      clear: () => clearTimeout(timer),
    };
  },
};

function nowUs(): number {
  return performance.now() * US_PER_MS;
}
