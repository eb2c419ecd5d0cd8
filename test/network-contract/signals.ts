import { randomBytes } from 'node:crypto';
import type { Contracts } from './contract.ts';
import { hear } from './hearing.ts';
import { keysend } from './keysend.ts';

export const signals: Contracts = {
  'every wait ends by its signal': async (t, network, line) => {
    const reason = new Error('enough');
    const gone = AbortSignal.abort(reason);
    await t.throwsAsync(network.clock.sleep(1_000_000, { signal: gone }), { is: reason });
    await t.throwsAsync(line[0]!.balanceMsat({ signal: gone }), { is: reason });
    await t.throwsAsync(line[0]!.pay({ ...keysend(line[1]!.publicKey, randomBytes(8)), signal: gone }), { is: reason });
    await t.throwsAsync(line[0]!.sendPeerMessage({ to: line[1]!.publicKey, type: 47_863, data: new Uint8Array(1), signal: gone }), {
      is: reason,
    });
    const later = new AbortController();
    const sleeping = network.clock.sleep(1_000_000, later);
    const heard = hear(await line[0]!.peerMessages(later));
    later.abort(reason);
    await t.throwsAsync(sleeping, { is: reason });
    t.deepEqual(await heard, [], 'an iterable ends without an error');
  },
};
