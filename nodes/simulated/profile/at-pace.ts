/** A machine is not always as fast as when its profile was made: what takes a core takes longer when the core is slower. */
import type { Costs } from '../costs.ts';
import type { Profile } from './profile.ts';

/** Sockets, wires and the scheduler are the kernel's time; a disk keeps its own. */
const KERNEL: readonly string[] = ['wireUs', 'socketUs', 'socketUsPerByte', 'callScheduleUs', 'callScheduleUsPerByte'];

/** The profile as it would be on a core that is so many times as fast. */
export const atPace = (profile: Profile, pace: number): Profile => {
  const costs = Object.fromEntries(
    Object.entries(profile.costs).map(([key, cost]) => [key, key.includes('Cpu') || KERNEL.includes(key) ? cost / pace : cost]),
  );
  const { pacePerS } = profile.machine;
  const machine = { ...profile.machine, ...(pacePerS !== undefined && { pacePerS: pacePerS * pace }) };
  return { ...profile, machine, costs: costs as unknown as Costs };
};
