/**
 * Sessions on real nodes while what carries them dies: a link between two LNDs, a relay on the way, an LND on the way, the exit's own
 * relay. Four nodes in a line of their own, since the programs beside them end and start again.
 */
import test from 'ava';
import { connectEngine } from '../../nodes/docker/engine.ts';
import { openDocker } from '../../nodes/docker/network.ts';
import { DeadlineError, NoRouteError, PeerError, SessionError } from '../../nodes/errors.ts';
import type { Network, RelaySession } from '../../nodes/node.ts';
import type { CarrierKind, NetworkPlan, RelayPlan } from '../../nodes/plan.ts';
import { connectRelay } from '../../nodes/relay/index.ts';
import { mended } from '../network-contract/mended.ts';
import { download, expected } from '../relay-contract/http.ts';
import { linePlan } from '../simulated/line.ts';
import { missing } from './with-engine.ts';

const BYTES: Readonly<Partial<Record<CarrierKind, number>>> = { keysend: 60_000, 'peer-message': 20_000_000, 'onion-message': 1_200_000 };
const OPENINGS_MAX = 30;
/** Of n0, its relay and bitcoind: enough to be in nobody's way. */
const LIMITS = {
  n0: { memoryBytes: 768 * 2 ** 20, cpus: 1 },
  'n0-relay': { memoryBytes: 640 * 2 ** 20, cpus: 0.95 },
  bitcoind: { memoryBytes: 512 * 2 ** 20, cpus: 0.9 },
};
const RELAY: RelayPlan = { budgetMsat: 100_000_000, feeLimitMsat: 10_000, allow: ['shop:80'] };

let network: Network;

const plan = (): NetworkPlan => {
  const line = linePlan(4, { node: { relay: RELAY } });
  const [n0, ...others] = line.nodes;
  const nodes = [{ ...n0!, ...LIMITS.n0, relay: { ...RELAY, ...LIMITS['n0-relay'] } }, ...others];
  return { ...line, name: 'resume-line', nodes, origins: [{ name: 'shop', near: 'n3', port: 80 }], bitcoind: LIMITS.bitcoind };
};

const open = (carrier: CarrierKind): Promise<RelaySession> =>
  network.relays.get('n0')!.openSession({ exit: network.relays.get('n3')!.publicKey, carrier, identity: 'named' });

/** A relay hears its peers again only some time after its LND was restarted: until then circuits through it are refused. */
const openOnce = async (carrier: CarrierKind): Promise<RelaySession> => {
  for (let tries = 1; ; tries++)
    try {
      return await open(carrier);
    } catch (error) {
      const early = error instanceof PeerError || error instanceof NoRouteError || error instanceof DeadlineError;
      if (!early || tries === OPENINGS_MAX) throw error;
      await network.clock.sleep(1_000);
    }
};

/** By the bench, which then sees to it that peers find each other again: where two dials crossed, LND itself does not. */
const restarted = async (part: 'lnd' | 'relay', node: string): Promise<void> => {
  const process = { part, node };
  // Peers of a relay that dies are told nothing; an LND is asked to stop, as its owner would ask it.
  if (part === 'relay') await network.faults!.inflict({ kind: 'kill', process });
  await network.faults!.inflict({ kind: 'restart', process });
};

/** A download, with `mishap` in its middle. */
const through = async (session: RelaySession, carrier: CarrierKind, mishap: () => Promise<unknown>): Promise<unknown> => {
  const bytes = BYTES[carrier]!;
  const before = (await session.stats()).bytesReceived;
  const transfer = download(await session.connect('shop', 80), bytes, 'resumed');
  transfer.catch(() => {});
  while ((await session.stats()).bytesReceived < before + bytes / 8) await network.clock.sleep(20);
  await mishap();
  return transfer;
};

if (missing === null) {
  test.serial.before('opens', async (t) => {
    t.timeout(240_000);
    network = await openDocker(plan(), { connectRelay });
  });
  test.serial.after.always('is closed', async (t) => {
    t.timeout(120_000);
    await network?.[Symbol.asyncDispose]();
  });

  test.serial('docker: an LND, its relay and bitcoind have the plan’s memory and CPU, and others no bound', async (t) => {
    const { docker } = await connectEngine();
    const containers = await docker.listContainers({ filters: { label: [`leyden.pid=${process.pid}`] } });
    const given = async (name: string) => {
      const found = containers.find(({ Names }) => Names[0]!.endsWith(`-${name}`));
      const { Memory, NanoCpus } = (await docker.getContainer(found!.Id).inspect()).HostConfig;
      return { memoryBytes: Memory, cpus: NanoCpus! / 1e9 };
    };
    for (const [name, limits] of Object.entries(LIMITS)) t.deepEqual(await given(name), limits, name);
    for (const name of ['n1', 'n1-relay']) t.deepEqual(await given(name), { memoryBytes: 0, cpus: 0 }, name);
  });

  test.serial('docker: a transfer over peer messages goes on after two LNDs on the way lost each other', async (t) => {
    t.timeout(120_000);
    await using session = await open('peer-message');
    const [left, right] = [network.nodes.get('n1')!, network.nodes.get('n2')!];
    const came = await through(session, 'peer-message', async () => {
      await left.disconnect(right.publicKey);
      // LND does not come back by itself to a peer that it was told to leave.
      await mended(network, left, right);
    });
    t.deepEqual(came, expected(BYTES['peer-message']!, 'resumed'));
    t.true((await session.stats()).moves > 0);
    t.log(await session.stats());
  });

  test.serial('docker: a transfer over peer messages goes on after the relay on the way was restarted', async (t) => {
    t.timeout(120_000);
    await using session = await open('peer-message');
    const came = await through(session, 'peer-message', () => restarted('relay', 'n1'));
    t.deepEqual(came, expected(BYTES['peer-message']!, 'resumed'));
    t.true((await session.stats()).moves > 0);
    t.log(await session.stats());
  });

  for (const carrier of ['peer-message', 'onion-message', 'keysend'] as const)
    test.serial(`docker: a transfer over ${carrier} goes on after an LND on the way was restarted`, async (t) => {
      t.timeout(180_000);
      await using session = await openOnce(carrier);
      const startMs = network.clock.now();
      const came = await through(session, carrier, () => restarted('lnd', 'n2'));
      t.deepEqual(came, expected(BYTES[carrier]!, 'resumed'));
      t.log(`${((network.clock.now() - startMs) / 1000).toFixed(1)} s`, await session.stats());
    });

  test.serial('docker: an exit whose relay was restarted says that it has forgotten the session', async (t) => {
    t.timeout(120_000);
    const session = await openOnce('peer-message');
    const came = await through(session, 'peer-message', () => restarted('relay', 'n3')).catch((error: unknown) => error);
    // Docker's proxy of published ports makes an end of a reset: the transfer breaks off, or ends short.
    t.notDeepEqual(came, expected(BYTES['peer-message']!, 'resumed'), 'streams to the outside world die with the exit');
    const error = await t.throwsAsync(session.ping(), { instanceOf: SessionError });
    t.regex(error.message, /no longer knows this session/);
    await using next = await openOnce('peer-message');
    t.true((await next.ping()) > 0);
  });
} else if (process.env.LEYDEN_DOCKER === 'required') test('docker: opens', (t) => t.fail(`LEYDEN_DOCKER=required, but ${missing}`));
else test.skip(`docker: sessions that go on (skipped: ${missing})`, () => {});
