import { createECDH, createHash } from 'node:crypto';
import test from 'ava';
import * as fc from 'fast-check';
import { NodeKey, recoverKey } from '../../nodes/simulated/keys.ts';
import { SeededRandom } from '../../nodes/simulated/random.ts';
import { zbase32, zbase32Bytes } from '../../nodes/simulated/zbase32.ts';

const key = (name: string) => new NodeKey(new SeededRandom(1, name));

test('a signature made by LND 0.21.3 recovers to the key of the node that made it', (t) => {
  const signature = 'ryjoaepbt7etm5zgyppzgg3191tmtzhbtaaeo1steeagj6bjwfoar5ppagfxas385xohcm4crrt7r719difbb8h6xqb7a9djk8so643p';
  const publicKey = '03475f0de56f917fdbb6bf8f6ba30d419b19511cdbe44dae7f32a6abc02f1f4815';
  t.is(recoverKey(Buffer.from('a bench for data over Lightning'), signature), publicKey);
  t.not(recoverKey(Buffer.from('another'), signature), publicKey);
});

test('what is signed recovers to the signer’s key, and what is no signature to nobody', (t) => {
  const signer = key('a');
  for (const text of ['', 'one', 'a longer message than that']) {
    t.is(recoverKey(Buffer.from(text), signer.sign(Buffer.from(text))), signer.publicKey);
  }
  t.is(recoverKey(Buffer.from('one'), 'yyyy'), null);
  t.is(recoverKey(Buffer.from('one'), '!'), null);
  t.is(recoverKey(Buffer.from('one'), 'y'.repeat(104)), null);
});

test('ECDH is the SHA-256 of the compressed shared point', (t) => {
  const [a, b] = [key('a'), key('b')];
  t.deepEqual(a.ecdh(b.publicKey), b.ecdh(a.publicKey));
  // node:crypto as the oracle: it gives the point's x, of which the compressed point has one of two signs.
  const peer = createECDH('secp256k1');
  peer.generateKeys();
  const x = peer.computeSecret(Buffer.from(a.publicKey, 'hex'));
  const candidates = [2, 3].map((sign) =>
    createHash('sha256')
      .update(Buffer.concat([Buffer.from([sign]), x]))
      .digest('hex'),
  );
  t.true(candidates.includes(Buffer.from(a.ecdh(peer.getPublicKey('hex', 'compressed'))).toString('hex')));
});

test('zbase32 writes what the specification’s examples say, and reads back what it wrote', (t) => {
  // From "human-oriented base-32 encoding", for whole bytes.
  t.is(zbase32(Uint8Array.of(0xf0, 0xbf, 0xc7)), '6n9hq');
  t.is(zbase32(Uint8Array.of(0xd4, 0x7a, 0x04)), '4t7ye');
  void fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      t.deepEqual(zbase32Bytes(zbase32(bytes)), bytes);
    }),
    { numRuns: 100 },
  );
});

test('generators of different names are independent, and splitting does not disturb', (t) => {
  const draw = (random: SeededRandom) => Array.from({ length: 4 }, () => random.float());
  const whole = new SeededRandom(1, 'a');
  const split = new SeededRandom(1, 'a');
  split.split('b').float();
  t.deepEqual(draw(split), draw(whole));
  t.notDeepEqual(draw(new SeededRandom(1, 'b')), draw(new SeededRandom(1, 'a')));
  t.notDeepEqual(draw(new SeededRandom(2, 'a')), draw(new SeededRandom(1, 'a')));
  const mean = Array.from({ length: 20_000 }, () => whole.float()).reduce((sum, value) => sum + value, 0) / 20_000;
  // A uniform mean of 20,000 has a deviation of 0.002: this is ten of them.
  t.true(Math.abs(mean - 0.5) < 0.02);
});
