/**
 * What real nodes and their relays make of faults: the contract that the simulated network has too, and for each carrier a transfer
 * through two faults, every byte checked and every msat accounted for. One line of three nodes for all of it; the whole table of
 * faults is `npm run faults`.
 */
import test from 'ava';
import { connectEngine } from '../../nodes/docker/engine.ts';
import { openDocker } from '../../nodes/docker/network.ts';
import type { Network } from '../../nodes/node.ts';
import { CARRIERS, type CarrierKind } from '../../nodes/plan.ts';
import { connectRelay } from '../../nodes/relay/index.ts';
import { faultsLine } from '../faults/plan.ts';
import { FAULTS, type FaultName, strikes } from '../faults/table.ts';
import { FAULTS_CONTRACT } from '../faults-contract.ts';
import { missing } from './with-engine.ts';

/** A machine of two cores that does other things beside. */
const EACH_MS = 400_000;
/** Two a carrier, so that the four LNDs and relays on the way and what feeds them each die once; all nine on all four: `npm run faults`. */
const IN_CI: Readonly<Record<CarrierKind, readonly FaultName[]>> = {
  keysend: ['middle-lnd', 'policy'],
  'htlc-record': ['exit-lnd', 'middle-relay'],
  'onion-message': ['middle-lnd', 'bitcoind'],
  'peer-message': ['exit-lnd', 'middle-relay'],
};

let network: Network;

if (missing === null) {
  test.serial.before('opens', async (t) => {
    t.timeout(300_000);
    network = await openDocker(faultsLine(), { connectRelay });
  });
  test.serial.after.always('is closed', async (t) => {
    t.timeout(120_000);
    await network?.[Symbol.asyncDispose]();
  });

  for (const carrier of CARRIERS)
    for (const fault of IN_CI[carrier])
      test.serial(
        `docker: a transfer over ${carrier} and ${FAULTS[fault].what}: every byte arrives once, and nothing is paid twice`,
        async (t) => {
          t.timeout(EACH_MS);
          const struck = await strikes(network, carrier, fault, AbortSignal.timeout(EACH_MS));
          t.log(struck);
          t.is(struck.ended, 'whole');
          t.is(struck.accountingErrorMsat, 0);
        },
      );

  test.serial('docker: a process that ended by itself is told once; one that a fault ended is not', async (t) => {
    t.timeout(EACH_MS);
    const { faults } = network;
    await faults!.inflict({ kind: 'kill', process: { part: 'relay', node: 'n2' } });
    t.deepEqual(await network.endedAlone!(), []);
    const { docker } = await connectEngine();
    const [relay] = await docker.listContainers({ filters: { label: [`leyden.pid=${process.pid}`], name: ['-n1-relay$'] } });
    await docker.getContainer(relay!.Id).kill();
    const [told, ...more] = await network.endedAlone!();
    t.regex(told?.message ?? '', /^n1-relay ended by itself \(exit code 137\)/);
    t.deepEqual(more, []);
    await faults!.mend();
    t.deepEqual(await network.endedAlone!(), []);
  });

  // Last: it ends with channels that are closed.
  for (const [title, promise] of Object.entries(FAULTS_CONTRACT))
    test.serial(`docker: ${title}`, async (t) => {
      t.timeout(EACH_MS);
      await promise(t, network);
    });
} else if (process.env.LEYDEN_DOCKER === 'required') test('docker: opens', (t) => t.fail(`LEYDEN_DOCKER=required, but ${missing}`));
else test.skip(`docker: faults (skipped: ${missing})`, () => {});
