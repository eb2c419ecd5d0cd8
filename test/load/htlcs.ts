/** HTLCs on one channel: the node behind the next one stands still, so that none ends, until LND takes no more. */
import type { Network } from '../../nodes/node.ts';
import type { Broke, Load } from './doubling.ts';
import { failuresInWords } from './in-words.ts';

/** BOLT 2 lets a side of a channel have 483. */
const ASKED = 520;
const HELD_MS = 30_000;

export const htlcs = async (network: Network, { signal }: Load): Promise<Broke> => {
  const [payer, payee] = ['n0', 'n2'].map((name) => network.nodes.get(name)!) as [Node, Node];
  const faults = network.faults!;
  const amountMsat = 1_000_000;
  const route = await payer.route({ destination: payee.publicKey, amountMsat, maxFeeMsat: 100_000 });
  const process = { part: 'lnd', node: 'n2' } as const;
  await faults.inflict({ kind: 'pause', process });
  const failures = new Map<string, number>();
  let [failed, settled] = [0, 0];
  let pendingMax = 0;
  const startMs = network.clock.now();
  const paying = Array.from({ length: ASKED }, async () => {
    try {
      await payer.pay({
        to: route,
        amountMsat,
        maxFeeMsat: 100_000,
        preimage: crypto.getRandomValues(new Uint8Array(32)),
        timeoutMs: 120_000,
        signal,
      });
      settled += 1;
    } catch (error) {
      failed += 1;
      const reason = (error as Error).message.split('\n')[0]!;
      failures.set(reason, (failures.get(reason) ?? 0) + 1);
    }
  });
  while (network.clock.now() - startMs < HELD_MS && pendingMax + failed < ASKED) {
    const [channel] = await payer.channels({ signal });
    pendingMax = Math.max(pendingMax, channel!.pendingHtlcs);
    await network.clock.sleep(250, { signal });
  }
  const reachedMs = Math.round(network.clock.now() - startMs);
  await faults.inflict({ kind: 'resume', process });
  await Promise.all(paying);
  await faults.mend({ signal });
  await network.quiet({ signal });
  return {
    asked: ASKED,
    reachedMs,
    settled,
    failed,
    allEndedMs: Math.round(network.clock.now() - startMs),
    held: pendingMax,
    brokeAt: failed === 0 ? null : pendingMax + 1,
    broke: failed === 0 ? null : `${pendingMax} in flight, ${failed} of ${ASKED} failed: ${failuresInWords(failures)}`,
  };
};

type Node = NonNullable<ReturnType<Network['nodes']['get']>>;
