/** kill -9 of a relay in the midst of its payments, beside a real LND: the next start settles what was under way by looking it up. */
import { setTimeout as delay } from 'node:timers/promises';
import { openDocker } from '../../nodes/docker/network.ts';
import type { RelayClient, RelayEndpoint } from '../../nodes/node.ts';
import type { NetworkPlan } from '../../nodes/plan.ts';
import { connectRelay } from '../../nodes/relay/index.ts';
import { wallClock } from '../../nodes/wall.ts';
import { relayLinePlan } from '../relay-contract/plan.ts';
import { engineTest } from './with-engine.ts';

const ROUNDS = 3;
const API_PORT = '9500/tcp';
const READY_MS = 60_000;

/** Three of the line's nodes, each with a relay. */
const plan = (): NetworkPlan => {
  const line = relayLinePlan();
  const nodes = line.nodes.slice(0, 3).map((node) => ({ ...node, relay: { budgetMsat: 1e9, feeLimitMsat: 10_000, allow: [] } }));
  return { ...line, name: 'payment-crash', nodes, channels: line.channels.slice(0, 2), origins: [] };
};

engineTest('a relay killed in mid-payment pays nothing twice, and its ledger is LND’s to the msat', async (t, { docker }) => {
  t.timeout(280_000);
  const endpoints = new Map<string, RelayEndpoint>();
  const connect: typeof connectRelay = (endpoint, clock) => {
    endpoints.set(endpoint.node, endpoint);
    return connectRelay(endpoint, clock);
  };
  await using network = await openDocker(plan(), { connectRelay: connect });
  const [payer, payee] = ['n0', 'n2'].map((name) => network.nodes.get(name)!);
  const before = (await payer!.balanceMsat()).localMsat;
  const beforePayee = (await payee!.balanceMsat()).localMsat;
  const listed = await docker.listContainers({ filters: { name: ['n0-relay'], label: [`leyden.pid=${process.pid}`] } });
  const container = docker.getContainer(listed[0]!.Id);
  let relay: RelayClient = network.relays.get('n0')!;
  let restarted = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const sending = relay.sendUnits({
      id: `crash-${round}`,
      to: payee!.publicKey,
      carrier: 'keysend',
      unitBytes: 100,
      count: 500,
      inFlight: 40,
    });
    sending.catch(() => {}); // its relay dies
    await delay(1_200 + 450 * round);
    await container.kill({ signal: 'SIGKILL' });
    await container.start();
    restarted += 1;
    const { NetworkSettings } = await container.inspect();
    const port = NetworkSettings.Ports[API_PORT]![0]!.HostPort;
    relay = connectRelay({ ...endpoints.get('n0')!, apiUrl: `http://127.0.0.1:${port}` }, wallClock);
    const untilMs = Date.now() + READY_MS;
    for (;;) {
      try {
        await relay.ledger({ signal: AbortSignal.timeout(READY_MS) });
        break;
      } catch (error) {
        if (Date.now() > untilMs) throw error;
        await delay(200);
      }
    }
  }
  await network.quiet();
  const ledger = await relay.ledger();
  const paid = before - (await payer!.balanceMsat()).localMsat;
  const came = (await payee!.balanceMsat()).localMsat - beforePayee;
  t.log(`${restarted} kills: ${ledger.htlcsSettled} settled, ${ledger.htlcsFailed} failed or never sent, ${paid} msat paid`);
  t.true(ledger.htlcsSettled > 0);
  t.is(ledger.deliveredMsat + ledger.feesMsat, paid);
  t.is(ledger.deliveredMsat, came);
});
