/** Every relay says the same of itself. */
import type { RelayHello, RelayHelloRequest } from '../../nodes/relay-hello.ts';

export const fakeHello = async ({ of }: RelayHelloRequest): Promise<RelayHello> => ({
  publicKey: of,
  protocol: 2,
  carriers: ['keysend', 'peer-message'],
  service: { mode: 'window', price: { msat: 1_000, per: 'MiB' } },
  passage: null,
  limits: { sessions: 256, windowBytes: 65_536 },
});
