/**
 * How a session begins: Noise NK with the exit's node key, one unit each way, the same on every carrier. The client's key here is
 * made for this session alone. Over keysend and onion messages the exit must know where to answer: the client's node key travels
 * in the encrypted first message, so the exit, and nobody between, learns who calls. Anonymity towards the exit is issue 4's.
 */
import { DeadlineError } from '../../errors.ts';
import type { Clock, Node, OnionBytes, Random, Waiting } from '../../node.ts';
import type { Circuit } from '../carrier/carrier.ts';
import { FrameError, Reader, Writer } from '../wire/bytes.ts';
import { Handshake, type KeyPair, keyPair, PUBLIC_KEY_BYTES, type TransportKeys } from '../wire/noise.ts';
import { UNIT, unitHeader } from '../wire/unit.ts';
import { PROFILES } from './profile.ts';

export const PROTOCOL_VERSION = 1;
const PROLOGUE = 'leyden/1';
const HELLO_PAYLOAD_BYTES = 1 + PUBLIC_KEY_BYTES + 4;
export const HANDSHAKE_DEADLINE_MS = 60_000;
/** The first wait for an answer in round trips; each further one is twice as long. */
const FIRST_WAIT_RTTS = 4;

export interface Hello {
  /** Where to answer when there is no way back along which the hello came: a public key, null over peer messages. */
  readonly client: string | null;
  readonly onionBytesMax: OnionBytes;
}

export interface ClientHandshakeOptions extends Waiting {
  readonly id: string;
  readonly circuit: Circuit;
  readonly hello: Hello;
  readonly clock: Clock;
  readonly random: Random;
  /** Resolves with the next welcome's body that arrives for this id. */
  readonly welcome: (signal: AbortSignal) => Promise<Uint8Array>;
}

/** The client's side: sends the hello until a welcome authenticates. @throws DeadlineError, and whatever the circuit throws. */
export const shakeHands = async (options: ClientHandshakeOptions): Promise<TransportKeys> => {
  const { id, circuit, clock } = options;
  const ephemeral = freshPair(options.random);
  const begin = async () => {
    const handshake = new Handshake({
      pattern: 'NK',
      initiator: true,
      prologue: prologue(id),
      ephemeral,
      remote: Buffer.from(circuit.to, 'hex'),
    });
    return { handshake, message: await handshake.write(encodeHello(options.hello)) };
  };
  const unit = Buffer.concat([unitHeader(UNIT.hello, id), (await begin()).message]);
  const deadlineMs = clock.now() + HANDSHAKE_DEADLINE_MS;
  let waitMs = FIRST_WAIT_RTTS * PROFILES[circuit.carrier].initialRttMs;
  let resendMs = clock.now();
  for (;;) {
    options.signal?.throwIfAborted();
    const nowMs = clock.now();
    if (nowMs >= deadlineMs) throw silence(circuit);
    if (nowMs >= resendMs) {
      circuit.pace?.spend(unit.length, nowMs);
      await circuit.send(unit, options);
      resendMs = clock.now() + waitMs;
      waitMs *= 2;
    }
    const body = await within(Math.min(resendMs, deadlineMs), options);
    if (body === undefined) continue;
    // Whoever knows the id could send a false welcome: each is tried on a state of its own.
    const { handshake } = await begin();
    try {
      await handshake.read(body);
      return handshake.split();
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
    }
  }
};

/** The exit's side. @throws FrameError when the hello is not authentic or not understood. */
export const answerHello = async (
  id: string,
  body: Uint8Array,
  node: Node,
  random: Random,
): Promise<{ readonly hello: Hello; readonly keys: TransportKeys; readonly welcome: Buffer }> => {
  const local: KeyPair = {
    publicKey: Buffer.from(node.publicKey, 'hex'),
    dh: (publicKey) => node.ecdh(Buffer.from(publicKey).toString('hex')),
  };
  const handshake = new Handshake({ pattern: 'NK', initiator: false, prologue: prologue(id), ephemeral: freshPair(random), local });
  const hello = decodeHello(await handshake.read(body));
  const message = await handshake.write(Uint8Array.of(PROTOCOL_VERSION));
  return { hello, keys: handshake.split(), welcome: Buffer.concat([unitHeader(UNIT.welcome, id), message]) };
};

const encodeHello = ({ client, onionBytesMax }: Hello): Buffer =>
  new Writer(HELLO_PAYLOAD_BYTES)
    .uint(PROTOCOL_VERSION, 1)
    .bytes(client === null ? Buffer.alloc(PUBLIC_KEY_BYTES) : Buffer.from(client, 'hex'))
    .uint(onionBytesMax, 4)
    .done();

export const decodeHello = (payload: Uint8Array): Hello => {
  const reader = new Reader(payload);
  const version = reader.uint(1);
  if (version !== PROTOCOL_VERSION) throw new FrameError(`protocol version ${version}, ${PROTOCOL_VERSION} is spoken here`);
  const key = reader.bytes(PUBLIC_KEY_BYTES);
  const onionBytesMax = reader.uint(4);
  reader.end();
  if (onionBytesMax !== 1366 && onionBytesMax !== 32834 && onionBytesMax !== 65498)
    throw new FrameError(`onions of ${onionBytesMax} B: 1366, 32834 or 65498 expected`);
  const none = key.every((byte) => byte === 0);
  if (!none && key[0] !== 2 && key[0] !== 3) throw new FrameError('a client key that is no compressed point');
  return { client: none ? null : key.toString('hex'), onionBytesMax };
};

const freshPair = (random: Random): KeyPair => keyPair(random.bytes(32));

/** The id is part of the transcript: nobody can move a handshake to another session. */
const prologue = (id: string): Buffer => Buffer.concat([Buffer.from(PROLOGUE), Buffer.from(id, 'hex')]);

const within = async (untilMs: number, { clock, signal, welcome }: ClientHandshakeOptions): Promise<Uint8Array | undefined> => {
  const over = new AbortController();
  const either = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
  const timeout = clock.sleep(Math.max(0, untilMs - clock.now()), { signal: either }).then(() => undefined);
  try {
    return await Promise.race([welcome(either), timeout]);
  } finally {
    over.abort();
    timeout.catch(() => {});
  }
};

const silence = (circuit: Circuit): DeadlineError =>
  new DeadlineError(
    `no relay beside ${circuit.to.slice(0, 12)}… answered over ${circuit.carrier} within ${HANDSHAKE_DEADLINE_MS / 1000} s`,
    {
      hint: 'a relay must run beside that node, and every node on the way must carry this kind of message (onion messages: LND ≥ 0.21)',
    },
  );
