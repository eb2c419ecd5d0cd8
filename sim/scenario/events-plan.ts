/** The events section to plans: who is meant is found, and what cannot happen is refused with its place. */
import type { z } from 'zod';
import type { CutManner, Edge, Fault, FaultyProcess } from '../../nodes/faults.ts';
import type { ChannelPolicy, Network } from '../../nodes/node.ts';
import { LINK_CLEAN, type NetworkPlan } from '../../nodes/plan.ts';
import type { Complaints } from './complaints.ts';
import { DEEDS, type Deed, MANNERS, policyChange, WITH, type WrittenEvent } from './event-schema.ts';
import { linkOf } from './links-plan.ts';
import { linkSettings } from './links-schema.ts';
import type { Mistake } from './mistake.ts';
import { listed, listedOrNearest } from './nearest.ts';
import type { Deedful, EventPlan } from './plan.ts';
import type { Path } from './setting.ts';

/** Manners that an event's name does not tell. */
const USUAL: readonly unknown[] = ['cooperative', 'blackhole'];

type Channel = NetworkPlan['channels'][number];

interface Around {
  readonly network: Pick<NetworkPlan, 'nodes' | 'channels' | 'links'>;
  /** How many workloads the file has. */
  readonly workloads: number;
  readonly complaints: Complaints;
}

/** In the file's order. What is wrong was told, and is left out. */
export function planEvents(written: readonly WrittenEvent[], around: Around): EventPlan[] {
  return written.flatMap((event, index) => planEvent(event, ['events', index], around) ?? []);
}

function planEvent(written: WrittenEvent, path: Path, around: Around): EventPlan | undefined {
  const { complaints, workloads } = around;
  const deed = deedOf(written, path, complaints);
  if (deed === undefined) return undefined;
  const misplaced = (Object.keys(WITH) as (keyof typeof WITH)[]).find((key) => written[key] !== undefined && !WITH[key].includes(deed));
  if (misplaced !== undefined)
    return void complaints.about([...path, misplaced], `belongs to ${WITH[misplaced].join(' and ')}, not to ${deed}`, 'key');
  if (written.workload !== undefined && written.workload > workloads)
    return void complaints.about(
      [...path, 'workload'],
      `expected 1 to ${workloads}, since the file has ${workloads}, found ${written.workload}`,
    );
  const does = deedful(deed, written, path, around);
  if (does === undefined) return undefined;
  return {
    at: complaints.at(path),
    name: nameOf(deed, written),
    atMs: written.at,
    everyMs: written.every ?? null,
    workload: written.workload === undefined ? null : written.workload - 1,
    does,
  };
}

function deedOf(written: WrittenEvent, path: Path, complaints: Complaints): Deed | undefined {
  const known = Object.keys(DEEDS) as Deed[];
  const found = known.filter((key) => written[key] !== undefined);
  if (found.length === 1) return found[0];
  return void complaints.about(path, `expected exactly one of ${known.join(', ')}, found ${found.join(' and ') || 'none'}`);
}

/** As `recovery_ms{event=…}` has it: `kill n3`, `partition n0 n1`, `close n0-n1 force`, `cut n0-n1 from n0 half-open`. */
function nameOf(deed: Deed, { how, from, ...written }: WrittenEvent): string {
  const what = deed === 'partition' ? written.partition!.join(' ') : String(written[deed]);
  return [deed, what, ...(from === undefined ? [] : [`from ${from}`]), ...(how === undefined || USUAL.includes(how) ? [] : [how])].join(
    ' ',
  );
}

function deedful(deed: Deed, written: WrittenEvent, path: Path, around: Around): Deedful | undefined {
  const at = [...path, deed];
  const fault = (made: Fault | undefined): Deedful | undefined => made && { kind: 'fault', fault: made };
  switch (deed) {
    case 'kill':
    case 'stop':
    case 'restart':
    case 'pause':
    case 'resume': {
      const process = processOf(written[deed]!, at, around);
      return fault(process && { kind: deed, process });
    }
    case 'cut':
      return fault(severed(written, path, around));
    case 'heal': {
      const edges = written.heal === 'all' ? edgesOf(around.network) : edgeOf(written.heal!, at, around);
      return fault(edges && { kind: 'heal', edges });
    }
    case 'degrade':
      return fault(degraded(written, path, around));
    case 'partition': {
      const edges = partitioned(written.partition!, at, around);
      const how = around.complaints.parse(MANNERS.partition, written.how, [...path, 'how']);
      return fault(edges && how && cutOf(edges, how));
    }
    case 'close': {
      const channel = channelOf(written.close!, at, around);
      const how = around.complaints.parse(MANNERS.close, written.how, [...path, 'how']);
      return fault(channel && how && { kind: 'close', channel: channel.name, how });
    }
    case 'drain':
    case 'policy':
      return withSide(deed, written, path, around);
    case 'mine':
      return fault({ kind: 'mine', blocks: written.mine! });
  }
}

function withSide(deed: 'drain' | 'policy', written: WrittenEvent, path: Path, around: Around): Deedful | undefined {
  const channel = channelOf(written[deed]!, [...path, deed], around);
  if (channel === undefined) return undefined;
  const ends = endsFrom(written, channel, path, around);
  if (ends === undefined) return undefined;
  const [from, to] = ends;
  if (deed === 'drain') return { kind: 'drain', from, to };
  const read = around.complaints.parse(policyChange, written.to ?? {}, [...path, 'to']);
  if (read === undefined) return undefined;
  const change = changeOf(read);
  if (Object.keys(change).length === 0)
    return void around.complaints.about([...path, 'to'], 'expected what changes, such as { fee_base_msat: 2000 }');
  return { kind: 'fault', fault: { kind: 'policy', channel: channel.name, from, policy: change } };
}

/** The end that is meant, then the other. */
function endsFrom({ from }: WrittenEvent, channel: Channel, path: Path, { complaints }: Around): Edge | undefined {
  const ends = [channel.from, channel.to];
  if (from !== undefined && ends.includes(from)) return [from, ends.find((end) => end !== from)!];
  const found = from === undefined ? 'is missing' : `found ${from}`;
  complaints.about([...path, 'from'], `expected the end of ${channel.name} that is meant, ${ends.join(' or ')}: ${found}`);
  return undefined;
}

function severed(written: WrittenEvent, path: Path, around: Around): Fault | undefined {
  const { complaints } = around;
  const channel = channelOf(written.cut!, [...path, 'cut'], around);
  const how = complaints.parse(MANNERS.cut, written.how, [...path, 'how']);
  if (channel === undefined || how === undefined) return undefined;
  if (how === 'half-open') {
    const ends = endsFrom(written, channel, path, around);
    return ends && cutOf([ends], how);
  }
  if (written.from !== undefined)
    return void complaints.about([...path, 'from'], `belongs to a cut that is half-open, of which one end is told, not to a ${how}`, 'key');
  return cutOf([[channel.from, channel.to]], how);
}

function cutOf(edges: readonly Edge[], how: CutManner): Fault {
  return { kind: 'cut', edges, ...(how !== 'blackhole' && { how }) };
}

/** Over what the links section says of the edge; jitter and the like are checked as there. */
function degraded(written: WrittenEvent, path: Path, around: Around): Fault | undefined {
  const { complaints, network } = around;
  const edges = edgeOf(written.degrade!, [...path, 'degrade'], around);
  const read = complaints.parse(linkSettings, written.to ?? {}, [...path, 'to']);
  if (edges === undefined || read === undefined) return undefined;
  if (Object.keys(read).length === 0)
    return void complaints.about([...path, 'to'], 'expected what it becomes, such as { delay: 100 ms, rate: 1 Mbit/s }');
  const [[a, b]] = edges as [Edge];
  const now = network.links?.find(({ ends }) => ends.includes(a) && ends.includes(b))?.link ?? LINK_CLEAN;
  return { kind: 'degrade', edges, link: linkOf(read, now, [...path, 'to'], complaints) };
}

function changeOf(written: z.output<typeof policyChange>): Partial<ChannelPolicy> {
  const { fee_base_msat, fee_proportional_millionths, cltv_expiry_delta, htlc_minimum_msat } = written;
  return {
    ...(fee_base_msat !== undefined && { feeBaseMsat: fee_base_msat }),
    ...(fee_proportional_millionths !== undefined && { feeProportionalMillionths: fee_proportional_millionths }),
    ...(cltv_expiry_delta !== undefined && { cltvExpiryDelta: cltv_expiry_delta }),
    ...(htlc_minimum_msat !== undefined && { htlcMinimumMsat: htlc_minimum_msat }),
  };
}

function processOf(written: string, path: Path, { network, complaints }: Around): FaultyProcess | undefined {
  if (written === 'bitcoind') return { part: 'bitcoind' };
  const [name = '', part, more] = written.split('.');
  const names = network.nodes.map((node) => node.name);
  const node = network.nodes.find((candidate) => candidate.name === name);
  if (node === undefined || more !== undefined || (part !== undefined && part !== 'relay'))
    return void complaints.about(
      path,
      `expected a node (${listedOrNearest(name, names)}), its relay (${names[0]}.relay) or bitcoind, found '${written}'`,
    );
  if (part === 'relay' && node.relay === null) return void complaints.about(path, `no relay stands beside ${name}: add it to relay.on`);
  return { part: part === 'relay' ? 'relay' : 'lnd', node: name };
}

function channelOf(written: string, path: Path, { network, complaints }: Around): Channel | undefined {
  const { channels } = network;
  const meant = channels.filter(({ name, from, to }) => [name, `${from}-${to}`, `${to}-${from}`].includes(written));
  const found = meant.find(({ name }) => name === written) ?? meant[0];
  const names = channels.map(({ name }) => name);
  if (found === undefined) complaints.about(path, `expected a channel, ${listedOrNearest(written, names)}, found '${written}'`);
  return found;
}

/** Two channels between the same nodes go over one connection: they are cut together. */
function edgeOf(written: string, path: Path, around: Around): Edge[] | undefined {
  const channel = channelOf(written, path, around);
  return channel && [[channel.from, channel.to]];
}

function edgesOf({ channels }: Around['network']): Edge[] {
  const edges = new Map(channels.map(({ from, to }): [string, Edge] => [[from, to].toSorted().join(' '), [from, to]]));
  return [...edges.values()];
}

function partitioned(side: readonly string[], path: Path, { network, complaints }: Around): Edge[] | undefined {
  const names = network.nodes.map(({ name }) => name);
  const stranger = side.find((name) => !names.includes(name));
  if (stranger !== undefined) return void complaints.about(path, `no node is called ${stranger}: the topology has ${listed(names)}`);
  const edges = edgesOf(network).filter(([a, b]) => side.includes(a) !== side.includes(b));
  if (edges.length === 0) return void complaints.about(path, 'leaves nobody on the other side: name the nodes of one side');
  return edges;
}

/** Edges that events do something to: on docker a proxy stands between their ends from the start. */
export function controlledEdges(events: readonly EventPlan[]): Edge[] {
  return events.flatMap(({ does }) => (does.kind === 'fault' && 'edges' in does.fault ? does.fault.edges : []));
}

/** What one of the two networks has no machinery for. In the model a connection is up for both its ends or for none. */
const LACKS: Readonly<Record<Network['kind'], (fault: Fault) => boolean>> = {
  docker: () => false,
  simulated: (fault) => fault.kind === 'cut' && fault.how === 'half-open',
};

export function missingOn(kind: Network['kind'], events: readonly EventPlan[], complaints: Complaints): Mistake[] {
  const other = kind === 'docker' ? 'simulated' : 'docker';
  return events.flatMap(({ does, name }, index) => {
    if (does.kind !== 'fault' || !LACKS[kind](does.fault)) return [];
    const text = `events[${index}]: ${name}: the ${kind} network has no machinery for it yet; run with --network ${other}`;
    return [{ place: complaints.place(['events', index]), text }];
  });
}
