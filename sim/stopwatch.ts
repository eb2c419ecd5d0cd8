/** How fast this machine was: wall time and memory beside what a workload counted. The only place of a run where both meet. */
import type { Speed } from './measure/report.ts';
import type { Stopwatch } from './workload/workload.ts';

export interface RunStopwatch extends Stopwatch {
  readonly speeds: readonly Speed[];
}

export function stopwatchOf({ now }: { now(): number }): RunStopwatch {
  const speeds: Speed[] = [];
  return {
    speeds,
    start() {
      const startMs = now();
      return ({ what, payments, events, searches, simulatedMs }) => {
        const wallMs = Math.max(1, now() - startMs);
        const perS = (count: number) => Math.round((count / wallMs) * 1000);
        speeds.push({
          what,
          payments,
          events,
          searches,
          simulatedMs,
          wallMs,
          paymentsPerS: perS(payments),
          eventsPerS: perS(events),
          simulatedSPerWallS: Number((simulatedMs / wallMs).toPrecision(3)),
          rssBytes: process.memoryUsage.rss(),
        });
      };
    },
  };
}

export function speedText({ what, payments, wallMs, paymentsPerS, eventsPerS, simulatedSPerWallS, rssBytes }: Speed): string {
  const n = (value: number) => value.toLocaleString('en');
  const wall = `${n(payments)} payments in ${(wallMs / 1000).toFixed(1)} s of this machine`;
  return `${what}: ${wall}: ${n(paymentsPerS)} payments/s, ${n(eventsPerS)} events/s, ${n(simulatedSPerWallS)} simulated s a second, ${n(Math.round(rssBytes / 1e6))} MB`;
}
