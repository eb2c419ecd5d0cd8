import { randomBytes } from 'node:crypto';
import { blindedPath } from '../../nodes/blinded-path.ts';
import { PayloadTooLargeError } from '../../nodes/errors.ts';
import type { Network, Node, OnionBytes, OnionMessageRequest, Random } from '../../nodes/node.ts';
import { onionMessagePayloadBytesMax } from '../../nodes/onion.ts';
import type { Contracts } from './contract.ts';
import { arrivalOf } from './hearing.ts';

const MESSAGE_TYPE = 1_197_865;
const random: Random = { bytes: (length) => randomBytes(length), float: Math.random };

export const blindedPaths: Contracts = {
  'the largest message along a blinded path arrives, whatever part of the way is blinded': async (t, network, line) => {
    // From n5 to n0, introduced by n4, n3 and n1: LND's own limiter lets small and large packets through here.
    for (const [introduction, sizes] of [
      [4, [1366, 32834]],
      [3, [1366]],
      [1, [1366, 32834]],
    ] as const) {
      const path = keys(line.slice(introduction, 5).reverse());
      const to = blindedPath(keys(line.slice(0, introduction + 1).reverse()), random);
      for (const onionBytesMax of sizes) {
        const bytes = onionMessagePayloadBytesMax(path.length, onionBytesMax, to);
        t.true(bytes > 700, `${bytes} B`);
        const arrived = await arrives(network, line, { path, to, bytes, onionBytesMax });
        t.deepEqual(arrived, Buffer.from(to.hops.at(-1)!.encrypted), `${bytes} B, introduced by n${introduction}`);
        const over = line[5]!.sendOnionMessage({ path, to, type: MESSAGE_TYPE, value: randomBytes(bytes + 1), onionBytesMax });
        const refused = await t.throwsAsync(over, { instanceOf: PayloadTooLargeError });
        t.is(refused!.limitBytes, bytes);
      }
    }
  },

  'a blinded path that was changed on its way leads nowhere': async (t, network, line) => {
    const to = blindedPath(keys(line.slice(0, 3).reverse()), random);
    const encrypted = Buffer.from(to.hops[1]!.encrypted);
    encrypted[5]! ^= 1;
    const hops = to.hops.map((hop, index) => (index === 1 ? { ...hop, encrypted } : hop));
    const path = keys(line.slice(2, 5).reverse());
    t.is(await arrives(network, line, { path, to: { ...to, hops }, bytes: 100, onionBytesMax: 1366 }, 1), null);
  },
};

const keys = (nodes: readonly Node[]): string[] => nodes.map(({ publicKey }) => publicKey);

/** What n0 says the path's end was; sent again when the limiter swallowed it. */
async function arrives(
  network: Network,
  line: readonly Node[],
  { bytes, ...request }: Pick<OnionMessageRequest, 'path' | 'to'> & { readonly bytes: number; readonly onionBytesMax: OnionBytes },
  attempts = 5,
): Promise<Buffer | null> {
  const value = randomBytes(bytes);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const stop = new AbortController();
    const arrival = arrivalOf(network, await line[0]!.onionMessages(stop), (message) => value.equals(message.value), 1_500);
    await line[5]!.sendOnionMessage({ ...request, type: MESSAGE_TYPE, value });
    const arrived = await arrival.catch(() => null);
    stop.abort();
    if (arrived !== null) return Buffer.from(arrived.encrypted);
  }
  return null;
}
