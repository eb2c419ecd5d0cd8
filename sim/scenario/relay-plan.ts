/** The relay and origins sections: which nodes have a relay, and where each lets a stream out. */
import { isIP } from 'node:net';
import type { ExitTerms, OriginPlan, RelayPlan } from '../../nodes/plan.ts';
import type { Complaints } from './complaints.ts';
import { didYouMean } from './nearest.ts';
import { planLimits } from './nodes-plan.ts';
import type { Origins, Relay } from './schema.ts';
import { isNode } from './workload-plan.ts';

const PORT_MAX = 65_535;
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/iu;

export function planOrigins(written: Origins, names: readonly string[], complaints: Complaints): readonly OriginPlan[] {
  return Object.entries(written).map(([name, { near, port }]) => {
    if (names.includes(name)) complaints.about(['origins', name], `a node is called ${name} already: give the origin another name`, 'key');
    isNode(near, ['origins', name, 'near'], { names, complaints });
    return { name, near, port };
  });
}

/** Node name → its relay, for those that have one. */
export function planRelays(
  written: Relay | undefined,
  names: readonly string[],
  origins: readonly OriginPlan[],
  complaints: Complaints,
): ReadonlyMap<string, RelayPlan> {
  if (written === undefined) return new Map();
  const { on, exit } = written;
  if (Array.isArray(on)) for (const [index, name] of on.entries()) isNode(name, ['relay', 'on', index], { names, complaints });
  const standing = Array.isArray(on) ? on : on === 'all' ? names : [];
  for (const [name, { allow, payment }] of Object.entries(exit)) {
    const path = ['relay', 'exit', name];
    if (payment?.mode === 'window' && payment.price.per === 'min')
      complaints.about([...path, 'payment', 'price'], 'mode window serves bytes before they are paid: expected a price per MiB');
    if (isNode(name, path, { names, complaints }) && !standing.includes(name)) {
      complaints.about(path, `${name} has no relay: add it to relay.on`, 'key');
    }
    for (const [index, target] of allow.entries()) {
      const problem = whyNotTarget(target, name, origins);
      if (problem !== null) complaints.about([...path, 'allow', index], problem);
    }
  }
  return new Map(standing.map((name) => [name, planRelay(written, exit[name])]));
}

function planRelay(written: Relay, exit: Relay['exit'][string] | undefined): RelayPlan {
  const { budget, budgetPerDay, budgetPerSession, feeLimit, price } = written;
  return {
    budgetMsat: budget,
    ...(budgetPerDay !== undefined && { budgetPerDayMsat: budgetPerDay }),
    ...(budgetPerSession !== undefined && { budgetPerSessionMsat: budgetPerSession }),
    feeLimitMsat: feeLimit,
    allow: exit?.allow ?? [],
    ...(exit?.payment !== undefined && { terms: planTerms(exit.payment) }),
    ...(price > 0 && { passagePrice: { msat: price, per: 'MiB' } }),
    ...planLimits(written),
  };
}

function planTerms({ mode, price, window, grace }: NonNullable<Relay['exit'][string]['payment']>): ExitTerms {
  return { mode, price, windowBytes: mode === 'window' ? window : 0, graceMs: grace };
}

/** host:port, address:port, [v6]:port or range/bits:port, each behind udp/ where it is for UDP. A name without a dot can only be an origin. */
function whyNotTarget(written: string, exit: string, origins: readonly OriginPlan[]): string | null {
  const target = written.replace(/^udp\//u, '');
  const [, v6, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/u.exec(target) ?? [];
  const host = v6 ?? plain;
  if (host === undefined || Number(port) < 1 || Number(port) > PORT_MAX) {
    return `expected host:port such as 'shop:80', 'example.org:443' or '10.1.0.0/16:80', found '${written}'`;
  }
  const [address, bits, more] = host.split('/');
  const family = isIP(address!);
  if (bits !== undefined || v6 !== undefined || family !== 0) {
    const most = family === 6 ? 128 : 32;
    const right = family !== 0 && more === undefined && (bits === undefined || (/^\d{1,3}$/u.test(bits) && Number(bits) <= most));
    return right && (v6 !== undefined) === (family === 6)
      ? null
      : `expected an address or a range such as 10.1.0.0/16 before the port, found '${host}'`;
  }
  if (!HOST_NAME.test(host)) return `expected a host name before the port, found '${host}'`;
  return host.includes('.') ? null : whyNotOrigin(host, Number(port), exit, origins);
}

function whyNotOrigin(host: string, port: number, exit: string, origins: readonly OriginPlan[]): string | null {
  const origin = origins.find(({ name }) => name === host);
  const names = origins.map(({ name }) => name);
  if (origin === undefined) return `no origin is called ${host}${didYouMean(host, names)}`;
  if (origin.near !== exit) return `${host} stands near ${origin.near}: only its relay reaches it`;
  return origin.port === port ? null : `${host} listens on port ${origin.port}, not ${port}`;
}
