/**
 * How a session begins: one unit each way, the same on every carrier. An anonymous client's hello is Noise NK with the exit's node key,
 * its own key made for this session alone; a named one's is Noise IK with its own node key, which the exit thereby checks. Where to
 * answer travels in the encrypted hello (wire/way-back.ts).
 */
import { DeadlineError } from '../../errors.ts';
import type { Clock, Identity, Node, OnionBytes, Random, Waiting } from '../../node.ts';
import type { Circuit } from '../carrier/carrier.ts';
import { FrameError, Reader, Writer } from '../wire/bytes.ts';
import { HANDSHAKE_OVERHEAD_BYTES, Handshake, type KeyPair, keyPair, type TransportKeys } from '../wire/noise.ts';
import { UNIT, UNIT_HEADER_BYTES, unitHeader } from '../wire/unit.ts';
import { decodeWayBack, encodeWayBack, type WayBack, wayBackBytes } from '../wire/way-back.ts';
import { PROFILES } from './profile.ts';

export const PROTOCOL_VERSION = 2;
const PROLOGUE = 'leyden/2';
const HELLO_FIXED_BYTES = 1 + 4;
/** An anonymous hello's unit without its way back. */
export const HELLO_OVERHEAD_BYTES = UNIT_HEADER_BYTES + HANDSHAKE_OVERHEAD_BYTES + HELLO_FIXED_BYTES;
export const HANDSHAKE_DEADLINE_MS = 60_000;
/** The first wait for an answer in round trips; each further one is twice as long. */
const FIRST_WAIT_RTTS = 4;

export interface Hello {
  readonly wayBack: WayBack;
  readonly onionBytesMax: OnionBytes;
}

export interface ClientHandshakeOptions extends Waiting {
  readonly id: string;
  readonly circuit: Circuit;
  readonly hello: Hello;
  readonly identity: Identity;
  readonly node: Pick<Node, 'publicKey' | 'ecdh'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Resolves with the next welcome's body that arrives for this id. */
  readonly welcome: (signal: AbortSignal) => Promise<Uint8Array>;
}

/** A session's keys, and how its client asks later whether the exit still knows it. */
export interface Handshaken {
  readonly keys: TransportKeys;
  /** The hello as it went. An exit that knows the session answers it with the same welcome, from memory. */
  readonly hello: Buffer;
  /** The keys of a welcome that came later, where it is a new one: only the exit can make it, and only when it forgot the session. */
  forgotten(body: Uint8Array): Promise<TransportKeys | undefined>;
}

/** The client's side: sends the hello until a welcome authenticates. @throws DeadlineError, and whatever the circuit throws. */
export const shakeHands = async (options: ClientHandshakeOptions): Promise<Handshaken> => {
  const { id, circuit, clock, identity } = options;
  const named = identity === 'named';
  const ephemeral = freshPair(options.random);
  const local = named ? { local: remembering(nodeKeyPair(options.node)) } : {};
  const begin = async () => {
    const handshake = new Handshake({
      pattern: named ? 'IK' : 'NK',
      initiator: true,
      prologue: prologue(id),
      ephemeral,
      ...local,
      remote: Buffer.from(circuit.to, 'hex'),
    });
    return { handshake, message: await handshake.write(encodeHello(options.hello)) };
  };
  // Whoever knows the id could send a false welcome: each is tried on a state of its own.
  const tried = async (body: Uint8Array): Promise<TransportKeys | undefined> => {
    const { handshake } = await begin();
    try {
      await handshake.read(body);
      return handshake.split();
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      return undefined;
    }
  };
  const unit = Buffer.concat([unitHeader(named ? UNIT.named : UNIT.hello, id), (await begin()).message]);
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
    const keys = await tried(body);
    if (keys === undefined) continue;
    const known = Buffer.from(body);
    return { keys, hello: unit, forgotten: async (later) => (known.equals(later) ? undefined : tried(later)) };
  }
};

export interface Answered {
  readonly hello: Hello;
  /** The node that calls; null when it does not say. */
  readonly client: string | null;
  readonly keys: TransportKeys;
  readonly welcome: Buffer;
}

/** The exit's side. @throws FrameError when the hello is not authentic or not understood: a name that is not the caller's own, say. */
export const answerHello = async (id: string, identity: Identity, body: Uint8Array, node: Node, random: Random): Promise<Answered> => {
  const handshake = new Handshake({
    pattern: identity === 'named' ? 'IK' : 'NK',
    initiator: false,
    prologue: prologue(id),
    ephemeral: freshPair(random),
    local: nodeKeyPair(node),
  });
  const hello = decodeHello(await handshake.read(body));
  const message = await handshake.write(Uint8Array.of(PROTOCOL_VERSION));
  const client = handshake.remoteStatic === undefined ? null : Buffer.from(handshake.remoteStatic).toString('hex');
  return { hello, client, keys: handshake.split(), welcome: Buffer.concat([unitHeader(UNIT.welcome, id), message]) };
};

const encodeHello = ({ wayBack, onionBytesMax }: Hello): Buffer => {
  const writer = new Writer(HELLO_FIXED_BYTES + wayBackBytes(wayBack));
  writer.uint(PROTOCOL_VERSION, 1).uint(onionBytesMax, 4);
  encodeWayBack(writer, wayBack);
  return writer.done();
};

export const decodeHello = (payload: Uint8Array): Hello => {
  const reader = new Reader(payload);
  const version = reader.uint(1);
  if (version !== PROTOCOL_VERSION) throw new FrameError(`protocol version ${version}, ${PROTOCOL_VERSION} is spoken here`);
  const onionBytesMax = reader.uint(4);
  if (onionBytesMax !== 1366 && onionBytesMax !== 32834 && onionBytesMax !== 65498)
    throw new FrameError(`onions of ${onionBytesMax} B: 1366, 32834 or 65498 expected`);
  const wayBack = decodeWayBack(reader);
  reader.end();
  return { wayBack, onionBytesMax };
};

/** A node's own key, which LND guards. */
export const nodeKeyPair = (node: Pick<Node, 'publicKey' | 'ecdh'>): KeyPair => ({
  publicKey: Buffer.from(node.publicKey, 'hex'),
  dh: (publicKey) => node.ecdh(Buffer.from(publicKey).toString('hex')),
});

/** A hello is written again for every welcome that is tried: LND is not asked the same twice. */
const remembering = ({ publicKey, dh }: KeyPair): KeyPair => {
  let last: { readonly key: string; readonly secret: Promise<Uint8Array> | Uint8Array } | undefined;
  return {
    publicKey,
    dh(other) {
      const key = Buffer.from(other).toString('hex');
      last ??= { key, secret: dh(other) };
      return last.key === key ? last.secret : dh(other);
    },
  };
};

export const freshPair = (random: Random): KeyPair => keyPair(random.bytes(32));

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
