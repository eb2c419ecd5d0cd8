/** The workloads section to plans: targets found, and what cannot run refused with its place. */
import type { CarrierKind, ExitTerms, OriginPlan } from '../../nodes/plan.ts';
import type { Complaints } from './complaints.ts';
import { didYouMean, listed, listedOrNearest } from './nearest.ts';
import type {
  BrowserPlan,
  ChatPlan,
  ContractPlan,
  HopTarget,
  IpTunnelPlan,
  MessagePlan,
  PagePlan,
  PaymentPlan,
  RecordCliffPlan,
  SizeLimitPlan,
  SoakPlan,
  TrafficPlan,
  TunnelPlan,
  WorkloadPlan,
} from './plan.ts';
import type { Path } from './setting.ts';
import type { Paths } from './topology/paths.ts';
import { whyNotPayable } from './topology/spendable.ts';
import type { WrittenWorkload } from './workload-schema.ts';

/** What a workload's plan is drawn from. */
export interface Surroundings {
  readonly names: readonly string[];
  readonly paths: Paths;
  readonly origins: readonly OriginPlan[];
  /** Node name → the targets that its relay allows as an exit. */
  readonly relays: ReadonlyMap<string, readonly string[]>;
  /** Of the exits that are paid. */
  readonly terms: ReadonlyMap<string, ExitTerms>;
  readonly complaints: Complaints;
}

const PAID_BY_CARRIAGE: readonly CarrierKind[] = ['keysend', 'htlc-record'];

type Written<K extends WrittenWorkload['kind']> = Extract<WrittenWorkload, { kind: K }>;

/** Undefined where something is wrong, which was told then. `at` is file:line for later messages. */
export function planWorkload(written: WrittenWorkload, at: string, path: Path, around: Surroundings): WorkloadPlan | undefined {
  switch (written.kind) {
    case 'record-cliff':
      return planRecordCliff(written, at, path, around);
    case 'size-limit':
      return planSizeLimit(written, at, path, around);
    case 'payment':
      return planPayment(written, at, path, around);
    case 'message':
      return planMessage(written, at, path, around);
    case 'tunnel':
      return planTunnel(written, at, path, around);
    case 'ip-tunnel':
      return planIpTunnel(written, at, path, around);
    case 'page':
      return planPage(written, at, path, around);
    case 'chat':
      return planChat(written, at, path, around);
    case 'soak':
      return planSoak(written, at, path, around);
    case 'browser':
      return planBrowser(written, at, path, around);
    case 'contract':
      return planContract(written, at, path, around);
    case 'traffic':
      return planTraffic(written, at);
  }
}

function planTraffic(written: Written<'traffic'>, at: string): TrafficPlan {
  const { kind, duration, multiplier, rate, amount, feeLimit, feeLimitMin, timeout } = written;
  return {
    kind,
    at,
    durationMs: duration,
    multiplier,
    ratePerS: rate ?? null,
    meanAmountMsat: amount,
    feeLimitShare: feeLimit,
    feeLimitMsat: feeLimitMin,
    timeoutMs: timeout,
  };
}

function planSizeLimit(written: Written<'size-limit'>, at: string, path: Path, around: Surroundings): SizeLimitPlan | undefined {
  const { kind, carriers, onions } = written;
  const from = start(written.from, path, around);
  const targets = from === undefined ? undefined : hopTargets(from, written.hops, path, around);
  if (from === undefined || targets === undefined) return undefined;
  if (carriers.includes('htlc-record')) {
    const needed = targets.flatMap(({ to }) => around.paths.path(from, to)!);
    if (!haveRelays(needed, 'htlc-record', path, around)) return undefined;
  }
  if (carriers.includes('peer-message')) {
    const needed = targets.filter(({ hops }) => hops > 1).flatMap(({ to }) => around.paths.path(from, to)!);
    if (!haveRelays(needed, 'peer-message over more than one hop', path, around)) return undefined;
  }
  return { kind, at, from, carriers, targets, onions };
}

function planPayment(written: Written<'payment'>, at: string, path: Path, around: Surroundings): PaymentPlan | undefined {
  const { kind, count, amount } = written;
  const from = start(written.from, path, around);
  const targets = from === undefined ? undefined : hopTargets(from, written.hops, path, around);
  if (from === undefined || targets === undefined) return undefined;
  for (const [index, { to }] of targets.entries()) {
    const problem = whyNotPayable(around.paths, around.paths.path(from, to)!, amount, count);
    if (problem === null) continue;
    return void around.complaints.about([...path, ...(problem.blamed === 'hops' ? ['hops', index] : ['amount'])], problem.text);
  }
  return { kind, at, from, targets, count, amountMsat: amount };
}

function planMessage(written: Written<'message'>, at: string, path: Path, around: Surroundings): MessagePlan | undefined {
  const { kind, from, to, carriers, inFlight, onions, offered, duration } = written;
  const way = wayBetween(from, to, path, around);
  if (way === undefined || !carriers.every((carrier) => haveRelays(relaysOf(carrier, way), carrier, path, around))) return undefined;
  const hops = way.length - 1;
  return { kind, at, from, to, hops, carriers, inFlight, onions, offeredBytesPerS: offered, durationMs: duration };
}

function planTunnel(written: Written<'tunnel'>, at: string, path: Path, around: Surroundings): TunnelPlan | undefined {
  const { kind, from, to, bytes, streams, direction, identity, onion, pings } = written;
  const auto = written.carrier === 'auto';
  // What every choice needs at least: a relay at either end.
  const carrier = written.carrier === 'auto' ? 'keysend' : written.carrier;
  const way = wayBetween(from, to, path, around);
  const origin = originOf(written, path, around);
  if (way === undefined || origin === undefined || !haveRelays(relaysOf(carrier, way), carrier, path, around)) return undefined;
  if (bytes < streams) return void around.complaints.about([...path, 'bytes'], `${bytes} B cannot be spread over ${streams} streams`);
  const { name, port } = origin;
  const hops = way.length - 1;
  return {
    kind,
    at,
    from,
    to,
    hops,
    carrier,
    ...(auto && { auto }),
    identity,
    onionBytesMax: onion,
    origin: { name, port },
    bytes,
    streams,
    directions: direction,
    pings,
  };
}

function planIpTunnel(written: Written<'ip-tunnel'>, at: string, path: Path, around: Surroundings): IpTunnelPlan | undefined {
  const { kind, from, to, carrier, onion, subnet, pings, tcp, udp, download } = written;
  const way = wayBetween(from, to, path, around);
  if (way === undefined || !haveRelays(relaysOf(carrier, way), carrier, path, around)) return undefined;
  return {
    kind,
    at,
    from,
    to,
    hops: way.length - 1,
    carrier,
    onionBytesMax: onion,
    subnet,
    pings,
    tcpMs: tcp ?? null,
    udp: udp === undefined ? null : { bytesPerS: udp.rate, durationMs: udp.duration },
    downloadBytes: download ?? null,
  };
}

function planPage(written: Written<'page'>, at: string, path: Path, around: Surroundings): PagePlan | undefined {
  const { kind, from, to, carriers, sizes, loads, parallel, onion } = written;
  const way = wayBetween(from, to, path, around);
  if (way === undefined || !carriers.every((carrier) => haveRelays(relaysOf(carrier, way), carrier, path, around))) return undefined;
  return { kind, at, from, to, hops: way.length - 1, carriers, onionBytesMax: onion, sizes, loads, parallel };
}

function planChat(written: Written<'chat'>, at: string, path: Path, around: Surroundings): ChatPlan | undefined {
  const { kind, from, to, carriers, sizes, count, inFlight } = written;
  const way = wayBetween(from, to, path, around);
  if (way === undefined || !carriers.every((carrier) => haveRelays(relaysOf(carrier, way), carrier, path, around))) return undefined;
  return { kind, at, from, to, hops: way.length - 1, carriers, sizes, count, inFlight };
}

function planSoak(written: Written<'soak'>, at: string, path: Path, around: Surroundings): SoakPlan | undefined {
  const { kind, from, to, carriers, bytes, duration } = written;
  const way = wayBetween(from, to, path, around);
  const origin = originOf(written, path, around);
  if (way === undefined || origin === undefined) return undefined;
  if (!carriers.every((carrier) => haveRelays(relaysOf(carrier, way), carrier, path, around))) return undefined;
  const { name, port } = origin;
  return { kind, at, from, to, hops: way.length - 1, carriers, origin: { name, port }, durationMs: duration, bytes };
}

function planBrowser(written: Written<'browser'>, at: string, path: Path, around: Surroundings): BrowserPlan | undefined {
  const { kind, from, to, carrier, site, onion } = written;
  const way = wayBetween(from, to, path, around);
  if (way === undefined || !haveRelays(relaysOf(carrier, way), carrier, path, around)) return undefined;
  return { kind, at, from, to, hops: way.length - 1, carrier, onionBytesMax: onion, site };
}

/** It wedges a channel for good, so there may be nothing beside it that anybody would miss. */
function planRecordCliff(written: Written<'record-cliff'>, at: string, path: Path, around: Surroundings): RecordCliffPlan | undefined {
  const { kind, from, to } = written;
  const way = wayBetween(from, to, path, around);
  if (way === undefined) return undefined;
  const { names, relays, complaints } = around;
  const wrong = (text: string) => void complaints.about([...path, 'kind'], `record-cliff destroys a channel: ${text}`);
  if (names.length !== 2) return wrong(`it runs on a throw-away network of two nodes, found ${names.length}`);
  if (relays.size > 0) return wrong('it asks the nodes itself, so no relay may stand beside them: leave out relay');
  return { kind, at, from, to };
}

function planContract(written: Written<'contract'>, at: string, path: Path, around: Surroundings): ContractPlan | undefined {
  const { kind, from, to, carrier, bytes, units, hold } = written;
  if (PAID_BY_CARRIAGE.includes(carrier))
    return void around.complaints.about(
      [...path, 'carrier'],
      `every unit over ${carrier} pays by itself: expected onion-message or peer-message`,
    );
  const way = wayBetween(from, to, path, around);
  const origin = originOf(written, path, around);
  if (way === undefined || origin === undefined || !haveRelays(relaysOf(carrier, way), carrier, path, around)) return undefined;
  const terms = around.terms.get(to);
  if (terms === undefined)
    return void around.complaints.about(
      [...path, 'to'],
      `${to}'s relay serves for nothing: give relay.exit.${to} a payment, such as { price: 10 sat/MiB }`,
    );
  const { name, port } = origin;
  return { kind, at, from, to, hops: way.length - 1, carrier, origin: { name, port }, terms, bytes, units, holdMs: hold };
}

/** Named, or the first node. */
function start(from: string | undefined, path: Path, around: Surroundings): string | undefined {
  const name = from ?? around.names[0]!;
  return isNode(name, [...path, 'from'], around) ? name : undefined;
}

function hopTargets(from: string, hops: readonly number[], path: Path, { paths, complaints }: Surroundings): HopTarget[] | undefined {
  const targets: HopTarget[] = [];
  for (const [index, count] of hops.entries()) {
    const to = paths.atDistance(from, count);
    if (to === null)
      complaints.about([...path, 'hops', index], `no node is ${count} channels from ${from}: the farthest is ${paths.reach(from)} away`);
    else targets.push({ hops: count, to });
  }
  return targets.length === hops.length ? targets : undefined;
}

function wayBetween(from: string, to: string, path: Path, around: Surroundings): readonly string[] | undefined {
  const known = [isNode(from, [...path, 'from'], around), isNode(to, [...path, 'to'], around)];
  if (!known.every(Boolean)) return undefined;
  if (from === to) return void around.complaints.about([...path, 'to'], `${to} is where this starts too: expected another node`);
  const way = around.paths.path(from, to);
  return (
    way ?? void around.complaints.about([...path, 'to'], `no channels lead from ${from} to ${to}: the topology falls apart between them`)
  );
}

export function isNode(name: string, path: Path, { names, complaints }: Pick<Surroundings, 'names' | 'complaints'>): boolean {
  if (names.includes(name)) return true;
  complaints.about(path, `no node is called ${name}: the topology has ${listedOrNearest(name, names)}`);
  return false;
}

/** Records and peer messages are handed on by the relay of every node between; the others ride on stock LND. */
function relaysOf(carrier: CarrierKind, way: readonly string[]): readonly string[] {
  return carrier === 'peer-message' || carrier === 'htlc-record' ? way : [way[0]!, way.at(-1)!];
}

function haveRelays(needed: readonly string[], why: string, path: Path, { relays, complaints }: Surroundings): boolean {
  const missing = [...new Set(needed)].filter((name) => !relays.has(name));
  if (missing.length === 0) return true;
  complaints.about(
    path,
    `${why} needs a relay beside ${listed(missing)}: set relay.on to all, or name ${missing.length === 1 ? 'it' : 'them'} there`,
  );
  return false;
}

function originOf(
  written: Pick<Written<'tunnel'>, 'origin' | 'to'>,
  path: Path,
  { origins, relays, complaints }: Surroundings,
): OriginPlan | undefined {
  const names = origins.map(({ name }) => name);
  const origin = origins.find(({ name }) => name === written.origin);
  const at = [...path, 'origin'];
  if (origin === undefined) return void complaints.about(at, `no origin is called ${written.origin}${didYouMean(written.origin, names)}`);
  if (origin.near !== written.to) {
    return void complaints.about(
      at,
      `${origin.name} stands near ${origin.near}, where ${written.to} cannot reach it: tunnel to ${origin.near}`,
    );
  }
  const target = `${origin.name}:${origin.port}`;
  if (relays.get(written.to)?.includes(target) === false) {
    return void complaints.about(at, `${written.to}'s relay does not allow it: add '${target}' to relay.exit.${written.to}.allow`);
  }
  return origin;
}
