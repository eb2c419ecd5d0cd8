import test from 'ava';
import { connectEngine } from '../../nodes/docker/engine.ts';
import { imagesReady } from '../../nodes/docker/images/resolve.ts';
import { openDocker } from '../../nodes/docker/network.ts';
import { connectRelay } from '../../nodes/relay/index.ts';
import { relayLinePlan } from '../relay-contract/plan.ts';
import { relayContract } from '../relay-contract.ts';

const missing = await whyNot();

if (missing === null) relayContract(test, { title: 'docker', open: () => openDocker(relayLinePlan(), { connectRelay }) });
else if (process.env.LEYDEN_DOCKER === 'required') test('docker: opens', (t) => t.fail(`LEYDEN_DOCKER=required, but ${missing}`));
else test.skip(`docker: the relay contract (skipped: ${missing})`, () => {});

/** null: an engine answers and the images are there. */
async function whyNot(): Promise<string | null> {
  try {
    const { docker } = await connectEngine();
    const { ready, reason } = await imagesReady(docker);
    return ready ? null : reason;
  } catch (error) {
    return (error as Error).message;
  }
}
