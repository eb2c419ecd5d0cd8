/** A graph file of mainnet's size, as LND describes it with features and addresses (some 90 MB), read and laid out for path-finding. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRandom } from '../../nodes/seeded-random.ts';
import { emptyGraph, linked } from '../../nodes/simulated/channel-graph.ts';
import { PathFinder } from '../../nodes/simulated/routing/path-finder.ts';
import { type DescribedGraph, readDescribedGraph } from '../../sim/scenario/graph-file/described-graph.ts';

const NODES = 15_000;
const CHANNELS = 52_000;

/** Written by another process, so that its memory is not in the figure. */
export async function graphLoad() {
  const folder = mkdtempSync(join(tmpdir(), 'leyden-speed-'));
  const file = join(folder, 'graph.json');
  try {
    execFileSync(process.execPath, [import.meta.filename, file]);
    const start = performance.now();
    const before = process.cpuUsage();
    const finder = new PathFinder(columnsOf(await readDescribedGraph(file)));
    const { user, system } = process.cpuUsage(before);
    return {
      fileMb: Math.round(statSync(file).size / 1e6),
      channels: finder.graph.channels,
      cpuSeconds: Number(((user + system) / 1e6).toFixed(2)),
      wallSeconds: Number(((performance.now() - start) / 1_000).toFixed(2)),
      memoryMaxMb: Math.round((process.resourceUsage().maxRSS * 1_024) / 1e6),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function columnsOf({ keys, channels, capacitySat, ends }: DescribedGraph) {
  const graph = emptyGraph(keys.length, channels);
  graph.endNode.set(ends.node.values());
  graph.feeBaseMsat.set(ends.feeBaseMsat.values());
  graph.feePpm.set(ends.feePpm.values());
  graph.cltvDelta.set(ends.cltvDelta.values());
  graph.htlcMinMsat.set(ends.minMsat.values());
  graph.htlcMaxMsat.set(ends.maxMsat.values());
  graph.disabled.set(ends.disabled.values());
  capacitySat.forEach((sat, channel) => {
    graph.capacityMsat[channel] = sat * 1_000;
  });
  return linked(graph);
}

function write(file: string): void {
  const random = new SeededRandom(1, 'graph file');
  const below = (limit: number) => Math.floor(random.float() * limit);
  const hex = (bytes: number) => Buffer.from(random.bytes(bytes)).toString('hex');
  const keys = Array.from({ length: NODES }, () => `02${hex(32)}`);
  const features = Object.fromEntries(
    [0, 5, 7, 8, 12, 14, 17, 23, 25, 27, 31, 35, 45, 55, 2023].map((bit) => [
      bit,
      { name: `feature-${bit}`, is_required: bit % 2 === 0, is_known: true },
    ]),
  );
  const policy = () => ({
    time_lock_delta: 80,
    min_htlc: '1000',
    fee_base_msat: '1000',
    fee_rate_milli_msat: String(below(1_000)),
    disabled: below(10) === 0,
    max_htlc_msat: '990000000',
    last_update: 1_700_000_000,
    custom_records: {},
    inbound_fee_base_msat: 0,
    inbound_fee_rate_milli_msat: 0,
  });
  const handle = openSync(file, 'w');
  const list = (name: string, count: number, record: (index: number) => unknown, last: boolean) => {
    writeSync(handle, `${JSON.stringify(name)}: [\n`);
    for (let index = 0; index < count; index++)
      writeSync(handle, `${JSON.stringify(record(index), null, 4)}${index < count - 1 ? ',' : ''}\n`);
    writeSync(handle, last ? ']' : '],\n');
  };
  writeSync(handle, '{');
  const addresses = [{ network: 'tcp', addr: '192.0.2.1:9735' }];
  list(
    'nodes',
    NODES,
    (node) => ({ last_update: 1_700_000_000, pub_key: keys[node], alias: `node ${node}`, addresses, color: '#3399ff', features }),
    false,
  );
  const edge = (channel: number) => {
    const one = below(NODES);
    return {
      channel_id: String(800_000_000_000_000_000n + BigInt(channel) * 1_099_511_627_777n),
      chan_point: `${hex(32)}:0`,
      last_update: 1_700_000_000,
      node1_pub: keys[one],
      node2_pub: keys[(one + 1 + below(NODES - 1)) % NODES],
      capacity: String(1_000_000 + below(10_000_000)),
      node1_policy: below(20) === 0 ? null : policy(),
      node2_policy: policy(),
      custom_records: {},
    };
  };
  list('edges', CHANNELS, edge, true);
  writeSync(handle, '}\n');
  closeSync(handle);
}

if (import.meta.main) write(process.argv[2]!);
