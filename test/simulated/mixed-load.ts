/** A little of everything on a line of four, all at once; what comes out is the trace. Run as a program it prints it. */
import { linePlan } from './line.ts';
import { nodesOf, open, preimage } from './open.ts';

export async function traceOfMixedLoad(seed: number): Promise<string> {
  await using network = await open(linePlan(4, { seed }));
  const [n0, n1, , n3] = nodesOf(network);
  const payments = Array.from({ length: 30 }, (_, index) =>
    n0!.pay({ to: n3!.publicKey, amountMsat: 1000 + index, preimage: preimage(index), maxFeeMsat: 10_000 }),
  );
  const messages = Array.from({ length: 40 }, (_, index) =>
    n0!.sendPeerMessage({ to: n1!.publicKey, type: 40_001, data: new Uint8Array(1 + index * 100) }),
  );
  const onions = Array.from({ length: 20 }, () =>
    n3!.sendOnionMessage({ path: [network.nodes.get('n2')!.publicKey, n1!.publicKey], type: 65_537, value: new Uint8Array(20_000) }),
  );
  await Promise.all([...payments, ...messages, ...onions]);
  await network.quiet();
  return network.trace;
}

if (import.meta.main) console.log(await traceOfMixedLoad(Number(process.argv[2])));
