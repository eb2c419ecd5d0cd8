import { randomBytes } from 'node:crypto';
import type { Contracts } from './contract.ts';

export const keys: Contracts = {
  'a signature verifies to the signer’s key on every node, and to nobody’s when the message differs': async (t, _network, line) => {
    const message = randomBytes(40);
    const signature = await line[2]!.sign(message);
    t.regex(signature, /^[ybndrfg8ejkmcpqxot1uwisza345h769]{104}$/, '65 bytes in zbase32');
    for (const node of line) t.is(await node.verify(message, signature), line[2]!.publicKey);
    t.not(await line[0]!.verify(randomBytes(40), signature), line[2]!.publicKey);
  },

  'two nodes agree on an ECDH secret that a third does not have': async (t, _network, line) => {
    const secret = Buffer.from(await line[0]!.ecdh(line[5]!.publicKey));
    t.is(secret.length, 32);
    t.deepEqual(Buffer.from(await line[5]!.ecdh(line[0]!.publicKey)), secret);
    t.notDeepEqual(Buffer.from(await line[1]!.ecdh(line[0]!.publicKey)), secret);
  },
};
