/** The networks that faults are tried on: a line of three, and the same with a longer way round by n3 and n4. */
import { LINK_CLEAN, type NetworkPlan } from '../../nodes/plan.ts';
import { linePlan } from '../simulated/line.ts';

const RELAY = { budgetMsat: 1_000_000_000, feeLimitMsat: 20_000, allow: ['shop:80'] };

/** What is cut goes through the link proxy on docker. */
export const LINKS = [{ ends: ['n0', 'n1'], link: LINK_CLEAN }] as const;

/** n0 - n1 - n2; the origin stands near n2. */
export const faultsLine = (): NetworkPlan => ({
  ...linePlan(3, { node: { relay: RELAY } }),
  name: 'faults-line',
  links: LINKS,
  origins: [{ name: 'shop', near: 'n2', port: 80 }],
});

/** The line, and n0 - n3 - n4 - n2 beside it. */
export const faultsRound = (): NetworkPlan => {
  const five = linePlan(5, { node: { relay: RELAY } });
  const [first, second] = five.channels;
  const around = [
    ['n0', 'n3'],
    ['n3', 'n4'],
    ['n4', 'n2'],
  ] as const;
  const channels = [first!, second!, ...around.map(([from, to]) => ({ ...first!, name: `${from}-${to}`, from, to }))];
  return { ...five, name: 'faults-round', channels, links: LINKS, origins: [{ name: 'shop', near: 'n2', port: 80 }] };
};
