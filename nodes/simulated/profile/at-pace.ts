/** A machine is not always as fast as when its profile was made: what takes a core takes longer when the core is slower. */
import type { Costs } from '../costs.ts';
import type { Profile } from './profile.ts';

/** Sockets, wires and the scheduler are the kernel's time; a disk keeps its own. */
const KERNEL: readonly string[] = ['wireUs', 'socketUs', 'socketUsPerByte', 'callScheduleUs', 'callScheduleUsPerByte'];

/** The profile as it would be on a core that does so many rounds a second; as it is, where its own pace is not known. */
export const atPace = (profile: Profile, pacePerS: number): Profile => {
  const { pacePerS: own } = profile.machine;
  if (own === undefined) return profile;
  const costs = Object.fromEntries(
    Object.entries(profile.costs).map(([key, cost]) => [key, key.includes('Cpu') || KERNEL.includes(key) ? (cost * own) / pacePerS : cost]),
  );
  return { ...profile, machine: { ...profile.machine, pacePerS }, costs: costs as unknown as Costs };
};
