/**
 * Path-finding against LND's own: one network of seven real nodes, whose policies change, and for each question a random part of its
 * pairs is ignored, so that every one is asked about another topology. What LND describes is imported, and both find a route.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuthenticatedLnd, updateRoutingFees } from 'ln-service';
import { openDocker } from '../../nodes/docker/network.ts';
import { until } from '../../nodes/docker/until.ts';
import { unary } from '../../nodes/lnd/grpc.ts';
import type { LndNode } from '../../nodes/lnd/index.ts';
import type { ChannelPlan, NetworkPlan } from '../../nodes/plan.ts';
import { SeededRandom } from '../../nodes/seeded-random.ts';
import { channelGraphOf } from '../../nodes/simulated/channel-graph.ts';
import { MissionControl } from '../../nodes/simulated/routing/mission-control.ts';
import { PathFinder } from '../../nodes/simulated/routing/path-finder.ts';
import { readDescribedGraph } from '../../sim/scenario/graph-file/described-graph.ts';
import { importedTopology } from '../../sim/scenario/topology/imported.ts';
import { linePlan } from '../simulated/line.ts';
import { engineTest } from './with-engine.ts';

const NODES = 7;
const CHANNELS = 16;
const POLICY_ROUNDS = 10;
const QUESTIONS_PER_ROUND = 24;
const CAPACITY_SAT = 10_000_000;
const GOSSIP_MS = 60_000;
const FINAL_DELTA = 40;
/** LND limits what queryroutes may add to the final delta only where it is the payer itself; 2016 in all. */
const CLTV_LIMIT = 2016 - FINAL_DELTA;
/** A keysend's records are not in the question: the last payload is amount and expiry, and its HMAC. */
const FINAL_PAYLOAD_BYTES = 42;

const random = new SeededRandom(5, 'query-routes');
const below = (limit: number) => Math.floor(random.float() * limit);

function randomPlan(): NetworkPlan {
  const line = linePlan(NODES, { capacitySat: CAPACITY_SAT });
  const more = Array.from({ length: CHANNELS - line.channels.length }, (_, index): ChannelPlan => {
    // None of n0's runs parallel to another: of its own LND takes the fullest, to the msat, which the question does not tell.
    const from = 1 + below(NODES - 1);
    const to = index < 3 ? 0 : 1 + ((from + below(NODES - 2)) % (NODES - 1));
    const [one, other] = index < 3 ? [0, 2 + 2 * index] : [from, to === from ? 1 + (from % (NODES - 1)) : to];
    return { ...line.channels[0]!, name: `n${one}-n${other}-${index}`, from: `n${one}`, to: `n${other}` };
  });
  return { ...line, name: 'query-routes', channels: [...line.channels, ...more] };
}

interface LndRoute {
  readonly total_fees_msat: string;
  readonly total_time_lock: number;
  readonly hops: readonly { readonly pub_key: string }[];
}

/** Every end of every channel gets a policy of its own; returns when the first node knows them all. */
async function newPolicies(nodes: readonly LndNode[], edges: readonly DescribedEdge[]): Promise<void> {
  const byKey = new Map(nodes.map((node) => [node.publicKey, node]));
  const wanted = new Map<string, number>();
  await Promise.all(
    edges.flatMap(({ channel_id, chan_point, node1_pub, node2_pub }) =>
      [node1_pub, node2_pub].map((key, side) => {
        const [transaction_id, transaction_vout] = chan_point.split(':') as [string, string];
        const base = below(4) === 0 ? 0 : below(20_000);
        const rate = below(3_000);
        wanted.set(`${channel_id} ${side}`, base * 1e6 + rate);
        return updateRoutingFees({
          lnd: byKey.get(key)!.lnd,
          transaction_id,
          transaction_vout: Number(transaction_vout),
          base_fee_mtokens: String(base),
          fee_rate: rate,
          cltv_delta: 24 + below(200),
          min_htlc_mtokens: String(1 + below(3) * 50_000),
          max_htlc_mtokens: String(2_000_000_000 + below(4) * 2_000_000_000),
        });
      }),
    ),
  );
  const first = nodes[0]!;
  await until(
    async () => {
      const { edges: now } = await describe(first.lnd);
      const late = now.flatMap(({ channel_id, node1_policy, node2_policy }) =>
        [node1_policy, node2_policy].filter(
          (policy, side) =>
            Number(policy?.fee_base_msat) * 1e6 + Number(policy?.fee_rate_milli_msat) !== wanted.get(`${channel_id} ${side}`),
        ),
      );
      return late.length === 0 ? [] : [{ name: first.name, state: `${late.length} policies not heard of` }];
    },
    { what: 'every policy to be known to the first node', deadlineMs: GOSSIP_MS },
  );
}

interface DescribedEdge {
  readonly channel_id: string;
  readonly chan_point: string;
  readonly node1_pub: string;
  readonly node2_pub: string;
  readonly node1_policy: { readonly fee_base_msat: string; readonly fee_rate_milli_msat: string } | null;
  readonly node2_policy: { readonly fee_base_msat: string; readonly fee_rate_milli_msat: string } | null;
}

const describe = (lnd: AuthenticatedLnd) => unary<{ nodes: unknown[]; edges: DescribedEdge[] }>(lnd, 'default', 'describeGraph', {});

engineTest('over 240 random topologies and policies LND and the model find routes of the same fee and time-lock', async (t) => {
  t.timeout(900_000);
  await using network = await openDocker(randomPlan(), { connectRelay: () => t.fail('no relay stands in this plan') as never });
  const nodes = [...network.nodes.values()] as LndNode[];
  const payer = nodes[0]!;
  const height = await payer.height();
  const folder = await mkdtemp(join(tmpdir(), 'leyden-query-'));
  t.teardown(() => rm(folder, { recursive: true }));
  let found = 0;
  let none = 0;
  const lengths = new Map<number, number>();
  for (let round = 0; round < POLICY_ROUNDS; round++) {
    if (round > 0) await newPolicies(nodes, (await describe(payer.lnd)).edges);
    const file = join(folder, `graph-${round}.json`);
    await writeFile(file, JSON.stringify(await describe(payer.lnd)));
    const described = await readDescribedGraph(file);
    const topology = importedTopology(described, 0.5, 'all', 1);
    const graph = channelGraphOf({
      nodes: topology.names.map((name) => ({ ...linePlan(1).nodes[0]!, name })),
      channels: topology.channels,
    });
    const finder = new PathFinder(graph);
    for (let question = 0; question < QUESTIONS_PER_ROUND; question++) {
      const useMissionControl = question % 2 === 0;
      // With probabilities LND thinks of its own channels otherwise than of others': the payer is itself.
      const source = useMissionControl ? described.keys.indexOf(payer.publicKey) : below(NODES);
      const destination = (source + 1 + below(NODES - 1)) % NODES;
      const amountMsat = 1_000 * (1 + below(below(2) === 0 ? 200 : 2_000_000));
      const ignored = new Set(
        Array.from({ length: below(14) }, () => below(2 * graph.channels)).map(
          (end) => graph.endNode[end]! * NODES + graph.endNode[end ^ 1]!,
        ),
      );
      const bytes = (node: number) => Buffer.from(described.keys[node]!, 'hex');
      const answer = await unary<{ routes: LndRoute[] }>(payer.lnd, 'default', 'queryRoutes', {
        pub_key: described.keys[destination],
        source_pub_key: described.keys[source],
        amt_msat: amountMsat,
        final_cltv_delta: FINAL_DELTA,
        fee_limit: { fixed_msat: 1e12 },
        use_mission_control: useMissionControl,
        ignored_pairs: [...ignored].map((pair) => ({ from: bytes(Math.floor(pair / NODES)), to: bytes(pair % NODES) })),
      }).catch((error: Error) =>
        /unable to find a path/u.test(`${error.message} ${String(error.cause)}`) ? { routes: [] } : Promise.reject(error),
      );
      const hops = finder.find(
        {
          source,
          destination,
          amountMsat,
          maxFeeMsat: 1e12,
          finalExpiry: height + FINAL_DELTA,
          cltvLimit: CLTV_LIMIT,
          finalPayloadBytes: FINAL_PAYLOAD_BYTES,
          nowUs: 0,
          ignore: (from, to) => ignored.has(from * NODES + to),
        },
        useMissionControl ? new MissionControl(NODES) : null,
        () => Number.MAX_SAFE_INTEGER,
      );
      const told = `round ${round}, question ${question}: ${amountMsat} msat from ${source} to ${destination}, ${ignored.size} pairs ignored`;
      const lnd = answer.routes[0];
      if (lnd === undefined) {
        none += 1;
        t.is(hops, 0, told);
        continue;
      }
      found += 1;
      lengths.set(hops, (lengths.get(hops) ?? 0) + 1);
      const { route } = finder;
      t.deepEqual(
        { feeMsat: route.firstMsat - amountMsat, timeLock: route.firstExpiry, hops },
        { feeMsat: Number(lnd.total_fees_msat), timeLock: lnd.total_time_lock, hops: lnd.hops.length },
        told,
      );
    }
  }
  t.log(`${found} routes, ${none} questions without; by hops: ${JSON.stringify(Object.fromEntries([...lengths].sort()))}`);
  t.is(found + none, POLICY_ROUNDS * QUESTIONS_PER_ROUND);
  t.true(found >= 200);
});
