import test from 'ava';
import fc from 'fast-check';
import { DeadlineError, PayloadTooLargeError, RefusedError, SessionError } from '../../nodes/errors.ts';
import type { RelaySession } from '../../nodes/node.ts';
import { INBOX_BYTES_MAX, INBOX_MESSAGES_MAX, MessageInbox } from '../../nodes/relay/messages/inbox.ts';
import { openMessages } from '../../nodes/relay/messages/messages.ts';
import { decodeHeader, encodeMessage, MESSAGE_BYTES_MAX, type Message } from '../../nodes/relay/messages/wire.ts';
import { acceptServices } from '../../nodes/relay/services.ts';
import { Session } from '../../nodes/relay/session/session.ts';
import { FrameError } from '../../nodes/relay/wire/bytes.ts';
import type { RelayEvent } from '../../nodes/relay-events.ts';
import { circuitPair, seededRandom } from './fake-circuits.ts';
import { MTUS } from './session-pair.ts';
import { VirtualClock } from './virtual-clock.ts';

const EXIT = '02'.padEnd(66, 'b');
const idOf = (number: number) => number.toString(16).padStart(32, '0');
const message = (number: number, body: Buffer): Message => ({ id: idOf(number), replyTo: null, isText: false, body });

/** Two relays' messages; each session that the client opens is new, and may be broken. */
const pair = () => {
  const clock = new VirtualClock();
  const random = seededRandom(3);
  const events: RelayEvent[] = [];
  const shared = { clock, random, log: () => {} };
  const exit = openMessages({ ...shared, emit: (event) => events.push(event), open: () => Promise.reject(new SessionError('none')) });
  const accept = acceptServices(new Map(exit.services), (stream) => stream.refuse('no'));
  const opened: Session[] = [];
  const client = openMessages({
    ...shared,
    emit: () => {},
    async open(): Promise<RelaySession> {
      const circuits = circuitPair('peer-message', MTUS['peer-message'], clock, random);
      const [up, down] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
      const ends = { hash: Buffer.alloc(32), chaining: Buffer.alloc(32) };
      const both = { id: `00112233445566${(16 + opened.length).toString(16)}`, clock, onEnd: () => {} };
      const near = new Session({ ...both, role: 'client', circuit: circuits.near, keys: { send: up, receive: down, ...ends } });
      const far = new Session({ ...both, role: 'exit', circuit: circuits.far, keys: { send: down, receive: up, ...ends }, accept });
      circuits.sinks.near = (unit) => near.receive(unit);
      circuits.sinks.far = (unit) => far.receive(unit);
      opened.push(near);
      return {
        id: near.id,
        connect: near.connect.bind(near),
        get ended() {
          return near.ended;
        },
        [Symbol.asyncDispose]: () => near.close(),
      } as unknown as RelaySession;
    },
  });
  const to = { to: EXIT, carrier: 'peer-message' } as const;
  return { clock, client, exit, opened, events, to };
};

test('a session that breaks while a message travels is replaced, and the message is shown once', async (t) => {
  const { clock, client, exit, opened, events, to } = pair();
  await clock.run(
    (async () => {
      await client.send({ ...to, text: 'first' });
      const sending = client.send({ ...to, bytes: Buffer.alloc(2_000_000, 5), id: idOf(7) });
      await clock.sleep(1);
      opened[0]!.fail(new SessionError('broken by the test'));
      t.is((await sending).retries, 1);
      t.is(opened.length, 2);
      t.is((await exit.list()).filter(({ id }) => id === idOf(7)).length, 1);
      t.is(events.filter((event) => event.kind === 'message' && event.id === idOf(7)).length, 1);
    })(),
  );
});

test('an answer to a sender whose session is over is refused by name', async (t) => {
  const { clock, client, exit, opened, to } = pair();
  await clock.run(
    (async () => {
      const { id } = await client.send({ ...to, text: 'bye' });
      await opened[0]!.close();
      await clock.sleep(1_000);
      await t.throwsAsync(exit.send({ replyTo: id, text: 'still there?' }), { instanceOf: RefusedError });
    })(),
  );
});

test('no receipt within the time given is an error, never a success', async (t) => {
  const { clock, client, opened, to } = pair();
  await clock.run(
    (async () => {
      await client.send({ ...to, text: 'first' });
      opened[0]!.circuit.send = async () => 'sent';
      await t.throwsAsync(client.send({ ...to, text: 'into the void', timeoutMs: 5_000 }), { instanceOf: DeadlineError });
    })(),
  );
});

test('what is too large, or neither text nor bytes, is refused before anything is sent', async (t) => {
  const { client, opened, to } = pair();
  const large = await t.throwsAsync(client.send({ ...to, bytes: Buffer.alloc(MESSAGE_BYTES_MAX + 1) }), {
    instanceOf: PayloadTooLargeError,
  });
  t.is(large.limitBytes, MESSAGE_BYTES_MAX);
  await t.throwsAsync(client.send(to), { instanceOf: RefusedError });
  await t.throwsAsync(client.send({ text: 'to whom?' }), { instanceOf: RefusedError });
  t.is(opened.length, 0);
});

test('a full inbox refuses until somebody listed what it holds, and never holds more than its bound', (t) => {
  const inbox = new MessageInbox();
  for (let number = 0; number < INBOX_MESSAGES_MAX; number++)
    t.is(inbox.deliver(message(number, Buffer.alloc(1)), null, 0)[0], 'delivered');
  t.is(inbox.deliver(message(5_000, Buffer.alloc(1)), null, 0)[0], 'full');
  t.is(inbox.list({ limit: 1 })[0]?.id, idOf(0));
  t.is(inbox.deliver(message(5_000, Buffer.alloc(1)), null, 0)[0], 'delivered', 'in the room of the one that was listed');
  const heavy = new MessageInbox();
  const body = Buffer.alloc(MESSAGE_BYTES_MAX);
  for (let number = 0; number < 20; number++) heavy.deliver(message(number, body), null, 0);
  t.is(heavy.bytes, INBOX_BYTES_MAX);
  t.is(heavy.list().length, 2, 'and an answer holds 8 MiB');
  t.deepEqual(
    heavy.list({ after: 2 }).map(({ number }) => number),
    [3, 4],
  );
});

test('every header decodes to what was encoded, and rubbish is refused as such', (t) => {
  const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex'));
  const any = fc.record({ id, replyTo: fc.option(id), isText: fc.boolean(), body: fc.uint8Array().map((bytes) => Buffer.from(bytes)) });
  fc.assert(
    fc.property(any, (sent) => {
      const encoded = encodeMessage(sent);
      const { body, ...header } = sent;
      t.deepEqual(decodeHeader(encoded.subarray(0, 37)), { ...header, bytes: body.length });
      t.deepEqual(encoded.subarray(37), body);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        decodeHeader(bytes);
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
      }
    }),
  );
});
