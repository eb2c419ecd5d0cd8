import test from 'ava';
import fc from 'fast-check';
import { FrameError } from '../../nodes/errors.ts';
import { LAYER_TAG_BYTES, openLayers, peelLayer, sealLayers } from '../../nodes/relay/carrier/record-layers.ts';
import { nodeKey } from '../node-key.ts';

const path = (owners: readonly number[]): Buffer[] => owners.map((owner) => nodeKey(owner).publicKey);

test('a unit sealed in layers comes out at the exit whole, and no two links show eight bytes alike', async (t) => {
  const owners = fc.array(fc.integer({ min: 1, max: 250 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(owners, fc.integer({ min: 1, max: 250 }), fc.uint8Array({ maxLength: 500 }), async (hops, session, unit) => {
      let layered = sealLayers(path(hops), Buffer.alloc(32, session), unit);
      const links = [Buffer.from(unit)];
      for (const owner of hops.slice(0, -1)) {
        links.push(Buffer.concat([layered.ephemeralKey, layered.sealed]));
        layered = await peelLayer(layered, nodeKey(owner).ecdh);
      }
      links.push(Buffer.concat([layered.ephemeralKey, layered.sealed]));
      t.is(layered.sealed.length, unit.length + LAYER_TAG_BYTES);
      t.deepEqual(await openLayers(layered, nodeKey(hops.at(-1)!).ecdh), Buffer.from(unit));
      const seen = new Set<string>();
      for (const link of links) {
        const own = new Set<string>();
        for (let at = 0; at + 8 <= link.length; at++) own.add(link.toString('hex', at, at + 8));
        for (const bytes of own) t.false(seen.has(bytes));
        for (const bytes of own) seen.add(bytes);
      }
    }),
    { numRuns: 30 },
  );
});

test('what a relay or a stranger altered, cut, forged or sent to another is a FrameError at the exit', async (t) => {
  const [relay, exit] = [nodeKey(5), nodeKey(6)];
  const layered = sealLayers([relay.publicKey, exit.publicKey], Buffer.alloc(32, 7), Buffer.from('a unit'));
  const refused = (what: Promise<unknown>) => t.throwsAsync(what, { instanceOf: FrameError });
  await fc.assert(
    fc.asyncProperty(fc.nat(layered.sealed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const altered = Buffer.from(layered.sealed);
      altered[at]! ^= mask;
      await refused(openLayers(await peelLayer({ ...layered, sealed: altered }, relay.ecdh), exit.ecdh));
      await refused(openLayers(await peelLayer({ ...layered, sealed: layered.sealed.subarray(0, at) }, relay.ecdh), exit.ecdh));
    }),
    { numRuns: 40 },
  );
  const passedOn = await peelLayer(layered, relay.ecdh);
  await refused(openLayers(passedOn, relay.ecdh));
  await refused(openLayers(layered, exit.ecdh));
  await refused(openLayers({ ...passedOn, ephemeralKey: layered.ephemeralKey }, exit.ecdh));
  for (const ephemeralKey of [Buffer.alloc(33), Buffer.alloc(0), Buffer.alloc(33, 255), passedOn.ephemeralKey.subarray(1)]) {
    await refused(peelLayer({ ...layered, ephemeralKey }, relay.ecdh));
    await refused(openLayers({ ...layered, ephemeralKey }, exit.ecdh));
  }
});
