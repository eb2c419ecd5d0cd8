import test from 'ava';
import fc from 'fast-check';
import { FrameError } from '../../nodes/relay/wire/bytes.ts';
import { Handshake, keyPair } from '../../nodes/relay/wire/noise.ts';

/** BOLT 8, Appendix A: Transport Test Vectors. Every act there opens with a version byte 0 that is not Noise's. */
const VECTORS = {
  prologue: Buffer.from('lightning'),
  initiator: { static: '11'.repeat(32), ephemeral: '12'.repeat(32) },
  responder: { static: '21'.repeat(32), ephemeral: '22'.repeat(32) },
  responderKey: '028d7500dd4c12685d1f568b4c2b5048e8534b873319f3a8daa612b469132ec7f7',
  actOne: '036360e856310ce5d294e8be33fc807077dc56ac80d95d9cd4ddbd21325eff73f70df6086551151f58b8afe6c195782c6a',
  actTwo: '02466d7fcae563e5cb09a0d1870bb580344804617879a14949cf22285f1bae3f276e2470b93aac583c9ef6eafca3f730ae',
  actThree:
    'b9e3a702e93e3a9948c2ed6e5fd7590a6e1c3a0344cfc9d5b57357049aa22355361aa02e55a8fc28fef5bd6d71ad0c38228dc68b1c466263b47fdf31e560e139ba',
  initiatorSends: '969ab31b4d288cedf6218839b27a3e2140827047f2c0f01bf5c04435d43511a9',
  initiatorReceives: 'bb9020b8965f4df047e07f955f3c4b88418984aadc5cdb35096b9ea8fa5c3442',
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const pair = (secret: string) => keyPair(Buffer.from(secret, 'hex'));
const NOTHING = new Uint8Array();

const xk = (initiator: boolean) => {
  const own = initiator ? VECTORS.initiator : VECTORS.responder;
  return new Handshake({
    pattern: 'XK',
    initiator,
    prologue: VECTORS.prologue,
    local: pair(own.static),
    ephemeral: pair(own.ephemeral),
    ...(initiator ? { remote: Buffer.from(VECTORS.responderKey, 'hex') } : {}),
  });
};

test('XK as initiator writes and reads the acts of BOLT 8 and derives its keys', async (t) => {
  const handshake = xk(true);
  t.is(hex(await handshake.write(NOTHING)), VECTORS.actOne);
  t.is((await handshake.read(Buffer.from(VECTORS.actTwo, 'hex'))).length, 0);
  t.is(hex(await handshake.write(NOTHING)), VECTORS.actThree);
  const { send, receive } = handshake.split();
  t.is(hex(send), VECTORS.initiatorSends);
  t.is(hex(receive), VECTORS.initiatorReceives);
});

test('XK as responder reads and writes the acts of BOLT 8 and learns who calls', async (t) => {
  const handshake = xk(false);
  await handshake.read(Buffer.from(VECTORS.actOne, 'hex'));
  t.is(hex(await handshake.write(NOTHING)), VECTORS.actTwo);
  await handshake.read(Buffer.from(VECTORS.actThree, 'hex'));
  const { send, receive } = handshake.split();
  t.is(hex(send), VECTORS.initiatorReceives);
  t.is(hex(receive), VECTORS.initiatorSends);
  t.is(hex(handshake.remoteStatic!), hex(pair(VECTORS.initiator.static).publicKey));
});

test('acts that BOLT 8 calls bad are refused: short, no point, wrong tag', async (t) => {
  const bad = [VECTORS.actTwo.slice(0, -2), `04${VECTORS.actTwo.slice(2)}`, `${VECTORS.actTwo.slice(0, -2)}af`, ''];
  for (const act of bad) {
    const handshake = xk(true);
    await handshake.write(NOTHING);
    await t.throwsAsync(handshake.read(Buffer.from(act, 'hex')), { instanceOf: FrameError }, act);
  }
});

const nk = (initiator: boolean, remote?: Uint8Array) =>
  new Handshake({
    pattern: 'NK',
    initiator,
    prologue: Buffer.from('leyden/1'),
    ephemeral: pair(initiator ? '31'.repeat(32) : '32'.repeat(32)),
    ...(initiator ? { remote: remote ?? pair(VECTORS.responder.static).publicKey } : { local: pair(VECTORS.responder.static) }),
  });

test('NK brings both payloads across and both ends to the same keys', async (t) => {
  const [client, server] = [nk(true), nk(false)];
  t.is(hex(await server.read(await client.write(Buffer.from('hello')))), hex(Buffer.from('hello')));
  t.is(hex(await client.read(await server.write(Buffer.from('welcome')))), hex(Buffer.from('welcome')));
  const [ours, theirs] = [client.split(), server.split()];
  t.is(hex(ours.send), hex(theirs.receive));
  t.is(hex(ours.receive), hex(theirs.send));
  t.is(hex(ours.hash), hex(theirs.hash));
  t.not(hex(ours.send), hex(ours.receive));
});

test('NK with another key than the server’s own fails at the server', async (t) => {
  const client = nk(true, pair('41'.repeat(32)).publicKey);
  await t.throwsAsync(nk(false).read(await client.write(NOTHING)), { instanceOf: FrameError });
});

test('one bit changed anywhere in either message of NK is noticed', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.nat(), fc.integer({ min: 0, max: 7 }), async (first, at, bit) => {
      const [client, server] = [nk(true), nk(false)];
      const flip = (message: Buffer): Buffer => {
        message[at % message.length]! ^= 1 << bit;
        return message;
      };
      const hello = await client.write(Buffer.from('hello'));
      try {
        await server.read(first ? flip(hello) : hello);
        await client.read(flip(await server.write(NOTHING)));
        return false;
      } catch (error) {
        return error instanceof FrameError;
      }
    }),
    { numRuns: 40 },
  );
  t.pass();
});

const ik = (initiator: boolean, own = pair('51'.repeat(32))) =>
  new Handshake({
    pattern: 'IK',
    initiator,
    prologue: Buffer.from('leyden/2'),
    ephemeral: pair(initiator ? '31'.repeat(32) : '32'.repeat(32)),
    ...(initiator ? { local: own, remote: pair(VECTORS.responder.static).publicKey } : { local: pair(VECTORS.responder.static) }),
  });

test('IK brings the client’s own key across, and both ends to the same keys', async (t) => {
  const [client, server] = [ik(true), ik(false)];
  t.is(hex(await server.read(await client.write(Buffer.from('hello')))), hex(Buffer.from('hello')));
  t.is(hex(server.remoteStatic!), hex(pair('51'.repeat(32)).publicKey));
  await client.read(await server.write(NOTHING));
  t.is(hex(client.split().send), hex(server.split().receive));
  t.is(hex(client.split().receive), hex(server.split().send));
});

test('IK with a name whose key the client does not hold fails at the server', async (t) => {
  const { dh } = pair('51'.repeat(32));
  const forged = { publicKey: pair('61'.repeat(32)).publicKey, dh };
  await t.throwsAsync(ik(false).read(await ik(true, forged).write(NOTHING)), { instanceOf: FrameError });
});
