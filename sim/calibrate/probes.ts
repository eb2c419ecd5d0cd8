/**
 * What is asked of a probe network, through the seam alone, so that the same questions can be put to real nodes and to the model: how
 * long things take, how many a second, and what they cost each node's processor.
 */
import type { Network, Node, RelayClient, Route, UnitsRequest } from '../../nodes/node.ts';

/** CPU time of each node's LND so far, ms; real nodes: Network.usage. */
export type LndCpu = (network: Network) => Promise<ReadonlyMap<string, number>>;

/** By name, e.g. `two.pay.32.per_s`; names that end in `cpu_ms.n0` are per unit. */
export type Figures = Record<string, number>;

export interface Probe {
  readonly network: Network;
  readonly lndCpu: LndCpu;
  readonly prefix: string;
  readonly figures: Figures;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

const AMOUNT_MSAT = 1_000;
const FEE_MAX_MSAT = 100_000;
const RECORD_TYPE = 1_197_867;
const RECORD_BYTES = 59_992;
const PEER_TYPE = 40_001;
const ONION_TYPE = 65_537;
const IDLE_MS = 4_000;
/** A network that has just come up still gossips and flushes. */
const AFTER_BRINGUP_MS = 5_000;
/** Until the last round of commitments has ended. */
const SETTLING_MS = 600;
/** Processes that have just started are slow: their code is compiled and their heaps grow as they work. */
const WARM_PAYMENTS = 20;
/** A rate is the median of so many slices of a run: what else the machine did meanwhile spoils one, not all. */
const SLICES = 5;
let preimages = 0;

/** What a node does with nothing asked of it: taken off what the others cost. */
export async function idle(probe: Probe): Promise<void> {
  await probe.network.clock.sleep(AFTER_BRINGUP_MS, probe);
  const before = await probe.lndCpu(probe.network);
  await probe.network.clock.sleep(IDLE_MS, probe);
  const after = await probe.lndCpu(probe.network);
  for (const [node, ms] of after) probe.figures[`${probe.prefix}.idle.cpu_ms_per_s.${node}`] = (ms - before.get(node)!) / (IDLE_MS / 1_000);
}

export interface PayLoad {
  readonly name: string;
  readonly inFlight: number;
  readonly count: number;
  readonly recordBytes?: number;
}

/** Keysends from the first node to the last over a pinned route. */
export async function pay(probe: Probe, { name, inFlight, count, recordBytes = 0 }: PayLoad): Promise<void> {
  const { network, signal, prefix, figures } = probe;
  const nodes = [...network.nodes.values()];
  const [from, to] = [nodes[0]!, nodes.at(-1)!];
  const route = await from.route({ destination: to.publicKey, amountMsat: AMOUNT_MSAT, maxFeeMsat: FEE_MAX_MSAT, signal });
  const wireRecords = recordBytes > 0 ? [{ type: RECORD_TYPE, value: new Uint8Array(recordBytes) }] : [];
  for (let warm = 0; warm < WARM_PAYMENTS; warm++) await payOnce(from, route, wireRecords, signal);
  probe.progress(`${prefix}: ${count} payments, ${inFlight} at once${recordBytes > 0 ? ` with ${recordBytes} B` : ''}`);
  const took: number[] = [];
  const ends = [network.clock.now()];
  await costing(probe, name, count, async () => {
    let next = 0;
    const one = async () => {
      while (next < count) {
        next += 1;
        const beganMs = network.clock.now();
        await payOnce(from, route, wireRecords, signal);
        ends.push(network.clock.now());
        took.push(ends.at(-1)! - beganMs);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, one));
  });
  figures[`${prefix}.${name}.p50_ms`] = median(took);
  figures[`${prefix}.${name}.per_s`] = rateOf(ends);
}

/** @param ends the start, then when each ended, in ms. @returns how many a second. */
function rateOf(ends: readonly number[]): number {
  const bounds = Array.from({ length: SLICES + 1 }, (_, slice) => Math.round((slice * (ends.length - 1)) / SLICES));
  return median(bounds.slice(1).map((to, slice) => (1_000 * (to - bounds[slice]!)) / (ends[to]! - ends[bounds[slice]!]!)));
}

async function payOnce(from: Node, route: Route, wireRecords: readonly { type: number; value: Uint8Array }[], signal: AbortSignal) {
  const preimage = new Uint8Array(32);
  new DataView(preimage.buffer).setUint32(0, ++preimages);
  await from.pay({ to: route, amountMsat: route.amountMsat, preimage, wireRecords, maxFeeMsat: FEE_MAX_MSAT, signal });
}

export const RECORDS = { bytes: RECORD_BYTES };

/** Messages to a direct peer. */
export async function peerMessages(probe: Probe, name: string, bytes: number, inFlight: number, count: number): Promise<void> {
  const { network, signal, prefix, figures } = probe;
  const [from, to] = [...network.nodes.values()] as [Node, Node];
  probe.progress(`${prefix}: ${count} peer messages of ${bytes} B, ${inFlight} at once`);
  const stop = new AbortController();
  const received = await to.peerMessages({ signal: stop.signal });
  const sentAt: number[] = [];
  const took: number[] = [];
  let arrived: () => void = () => {};
  const all = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const reading = (async () => {
    for await (const { data } of received) {
      took.push(network.clock.now() - sentAt[new DataView(data.buffer, data.byteOffset).getUint32(0)]!);
      if (took.length === count) arrived();
    }
  })();
  const startMs = network.clock.now();
  let endMs = startMs;
  await costing(probe, name, count, async () => {
    let next = 0;
    const one = async () => {
      while (next < count) {
        const number = next++;
        const data = new Uint8Array(bytes);
        new DataView(data.buffer).setUint32(0, number);
        sentAt[number] = network.clock.now();
        await from.sendPeerMessage({ to: to.publicKey, type: PEER_TYPE, data, signal });
      }
    };
    await Promise.all([all, network.clock.sleep(0), ...Array.from({ length: inFlight }, one), waitFor(probe, () => took.length === count)]);
    endMs = network.clock.now();
  });
  stop.abort();
  await reading;
  figures[`${prefix}.${name}.p50_ms`] = median(took);
  figures[`${prefix}.${name}.per_s`] = count / ((endMs - startMs) / 1_000);
}

/** Onion messages to the last node, slowly enough that none is lost. */
export async function onionMessages(probe: Probe, name: string, bytes: number, perS: number, count: number): Promise<void> {
  const { network, signal, prefix, figures } = probe;
  const [from, ...way] = [...network.nodes.values()] as [Node, ...Node[]];
  probe.progress(`${prefix}: ${count} onion messages of ${bytes} B`);
  const stop = new AbortController();
  const received = await way.at(-1)!.onionMessages({ signal: stop.signal });
  const sentAt: number[] = [];
  const took: number[] = [];
  const reading = (async () => {
    for await (const { value } of received)
      took.push(network.clock.now() - sentAt[new DataView(value.buffer, value.byteOffset).getUint32(0)]!);
  })();
  await costing(probe, name, count, async () => {
    for (let number = 0; number < count; number++) {
      const value = new Uint8Array(bytes);
      new DataView(value.buffer).setUint32(0, number);
      sentAt[number] = network.clock.now();
      await from.sendOnionMessage({ path: way.map(({ publicKey }) => publicKey), type: ONION_TYPE, value, signal });
      await network.clock.sleep(1_000 / perS, { signal });
    }
    await network.clock.sleep(SETTLING_MS, { signal });
  });
  stop.abort();
  await reading;
  figures[`${prefix}.${name}.p50_ms`] = median(took);
}

/** Raw units from one relay to the other: what the programs beside the nodes do for each. Real relays alone: the model's cost what they are told. */
export async function units(probe: Probe, load: Omit<UnitsRequest, 'id' | 'to' | 'signal'> & { readonly name: string }): Promise<void> {
  const { network, signal, prefix, figures } = probe;
  const { name, ...request } = load;
  const relays = [...network.relays.values()];
  const [from, to] = [relays[0], relays.at(-1)] as [RelayClient, RelayClient];
  const send = async (id: string, count: number) => {
    const sent = await from.sendUnits({ ...request, count, id, to: to.publicKey, signal });
    await network.clock.sleep(SETTLING_MS, { signal });
    return sent;
  };
  await send(`warm ${name}`, load.count);
  probe.progress(`${prefix}: ${load.count} ${load.carrier} units`);
  const idleMs = await relayCpu(network, () => network.clock.sleep(IDLE_MS, { signal }));
  const startMs = network.clock.now();
  let bytes = 0;
  const busyMs = await relayCpu(network, async () => {
    bytes = (await send(name, load.count)).unitBytes;
  });
  const share = (network.clock.now() - startMs) / IDLE_MS;
  figures[`${prefix}.${name}.unit_bytes`] = bytes;
  for (const [node, ms] of busyMs) figures[`${prefix}.${name}.relay_ms.${node}`] = (ms - share * idleMs.get(node)!) / load.count;
}

/** What each relay's processor did meanwhile, ms. */
async function relayCpu(network: Network, run: () => Promise<void>): Promise<ReadonlyMap<string, number>> {
  const before = new Map((await network.usage()).map(({ node, relayCpuMs }) => [node, relayCpuMs ?? 0]));
  await run();
  return new Map((await network.usage()).map(({ node, relayCpuMs }) => [node, (relayCpuMs ?? 0) - before.get(node)!]));
}

/** Virtual time passes only while the bench waits on the network. */
async function waitFor({ network, signal }: Probe, done: () => boolean): Promise<void> {
  while (!done()) await network.clock.sleep(1, { signal });
}

/** Runs it and notes what each unit of it cost every node's LND, beyond what it does when idle. */
async function costing(probe: Probe, name: string, units: number, run: () => Promise<void>): Promise<void> {
  const { network, lndCpu, prefix, figures, signal } = probe;
  const before = await lndCpu(network);
  const startMs = network.clock.now();
  await run();
  await network.clock.sleep(SETTLING_MS, { signal });
  const ms = network.clock.now() - startMs;
  for (const [node, cpuMs] of await lndCpu(network)) {
    const idleMs = ((figures[`${prefix}.idle.cpu_ms_per_s.${node}`] ?? 0) * ms) / 1_000;
    figures[`${prefix}.${name}.cpu_ms.${node}`] = Math.max(0, cpuMs - before.get(node)! - idleMs) / units;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
