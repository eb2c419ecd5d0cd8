/** Keys change on the way: BOLT 8's rotation by its vectors, and sessions whose packets overtake each other across a change. */
import { createCipheriv } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { ratchet } from '../../nodes/relay/wire/noise.ts';
import { openPacket, sealPacket } from '../../nodes/relay/wire/packet.ts';
import { KEY_PACKETS, PacketKeys } from '../../nodes/relay/wire/packet-keys.ts';
import { NO_MISCHIEF } from './fake-circuits.ts';
import { sessionPair } from './session-pair.ts';

/** BOLT 8, Appendix A, "Message Encryption Tests": "hello" sent again and again, keys rotated every 1,000 encryptions. */
const CHAINING = '919219dbb2920afa8db80f9a51787a840bcf111ed8d588caf9ab4be716e42b01';
const KEY = '969ab31b4d288cedf6218839b27a3e2140827047f2c0f01bf5c04435d43511a9';
const OUTPUTS: ReadonlyMap<number, string> = new Map([
  [0, 'cf2b30ddf0cf3f80e7c35a6e6730b59fe802473180f396d88a8fb0db8cbcf25d2f214cf9ea1d95'],
  [1, '72887022101f0b6753e0c7de21657d35a4cb2a1f5cde2650528bbc8f837d0f0d7ad833b1a256a1'],
  [500, '178cb9d7387190fa34db9c2d50027d21793c9bc2d40b1e14dcf30ebeeeb220f48364f7a4c68bf8'],
  [501, '1b186c57d44eb6de4c057c49940d79bb838a145cb528d6e8fd26dbe50a60ca2c104b56b60e45bd'],
  [1000, '4a2f3cc3b5e78ddb83dcb426d9863d9d9a723b0337c89dd0b005d89f8d3c05c52b76b29b740f09'],
  [1001, '2ecd8c8a5629d0d02ab457a0fdd0f7b90a192cd46be5ecb6ca570bfc5e268338b1a16cf4ef2d36'],
]);

const [FIRST, CHAIN] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const ID = '0123456789abcdef';

test('keys rotate as BOLT 8 has it', (t) => {
  let [chaining, key]: readonly [Uint8Array, Uint8Array] = [Buffer.from(CHAINING, 'hex'), Buffer.from(KEY, 'hex')];
  let nonce = 0;
  const encrypt = (plaintext: Buffer): Buffer => {
    const counter = Buffer.alloc(12);
    counter.writeUInt32LE(nonce, 4);
    const cipher = createCipheriv('chacha20-poly1305', key, counter, { authTagLength: 16 });
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    nonce += 1;
    if (nonce === 1000) {
      [chaining, key] = ratchet(chaining, key);
      nonce = 0;
    }
    return sealed;
  };
  for (let index = 0; index <= 1001; index++) {
    const sealed = Buffer.concat([encrypt(Buffer.from('0005', 'hex')), encrypt(Buffer.from('hello'))]).toString('hex');
    const expected = OUTPUTS.get(index);
    if (expected !== undefined) t.is(sealed, expected, `message ${index}`);
  }
});

test('both ends come to the same keys, each of which serves its packets and no others', (t) => {
  const [sender, receiver] = [new PacketKeys(CHAIN, FIRST), new PacketKeys(CHAIN, FIRST)];
  const used = new Set<string>();
  for (let number = 0; number < 10 * KEY_PACKETS; number += KEY_PACKETS / 2) {
    const key = sender.of(number)!;
    sender.used(number);
    t.deepEqual(receiver.of(number), key);
    receiver.used(number);
    used.add(Buffer.from(key).toString('hex'));
    t.true(sender.live <= 3 && receiver.live <= 3, 'three keys at most are kept');
  }
  t.is(used.size, 10);
});

test('packets that overtake each other across a change open in whatever order they come', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -300, max: 300 }), { minLength: 50, maxLength: 200 }), (jitter) => {
      const [sender, receiver] = [new PacketKeys(CHAIN, FIRST), new PacketKeys(CHAIN, FIRST)];
      const start = KEY_PACKETS - jitter.length / 2 - 0.5 * (jitter.length % 2);
      const sealed = jitter.map((shift, index) => {
        const number = start + index;
        const key = sender.of(number)!;
        sender.used(number);
        return { at: index + shift, number, unit: sealPacket(key, ID, number, Buffer.from([index])) };
      });
      return sealed
        .toSorted((one, other) => one.at - other.at)
        .every(({ number, unit }) => {
          const key = receiver.of(number);
          if (key === undefined) return false;
          const [byte] = openPacket(key, number, unit);
          receiver.used(number);
          return byte === number - start;
        });
    }),
  );
  t.pass();
});

test('what is two changes old, or further ahead than the next key, opens nothing and costs nothing', (t) => {
  const keys = new PacketKeys(CHAIN, FIRST);
  t.is(keys.of(2 * KEY_PACKETS), undefined);
  t.is(keys.of(2 ** 47), undefined);
  t.is(keys.live, 1);
  for (let generation = 0; generation < 4; generation++) {
    keys.of(generation * KEY_PACKETS);
    keys.used(generation * KEY_PACKETS);
  }
  t.is(keys.of(KEY_PACKETS), undefined);
  t.not(keys.of(2 * KEY_PACKETS), undefined);
});

test('a session goes through changes of key under loss and disorder; what comes again from before a change is dropped', async (t) => {
  const { clock, circuits, client, exit } = sessionPair('onion-message', {
    mischief: { ...NO_MISCHIEF, drop: 0.02, double: 0.02, delayMs: 2, jitterMs: 8 },
    accept: (stream) => {
      stream.opened();
      stream.duplex.resume();
      stream.duplex.on('end', () => stream.duplex.end());
    },
  });
  const first: Buffer[] = [];
  const { far } = circuits.sinks;
  circuits.sinks.far = (unit) => {
    if (first.length < 500) first.push(Buffer.from(unit));
    far(unit);
  };
  await clock.run(
    (async () => {
      for (let index = 0; index < 2.5 * KEY_PACKETS; index += 20) await Promise.all(Array.from({ length: 20 }, () => client.ping()));
      while (client.stats().unitsSent < 2.2 * KEY_PACKETS) await client.ping();
    })(),
  );
  const { unitsReceived } = exit.stats();
  const { rejected } = exit;
  for (const unit of first) exit.receive(unit);
  t.is(exit.stats().unitsReceived, unitsReceived, 'not one of them is taken');
  t.is(exit.rejected, rejected + first.length);
  t.true((await clock.run(client.ping())) > 0);
});
