/**
 * Messages with ids and answers, through sessions: acknowledged by the relay that holds them, shown once, of any size up to
 * MESSAGE_BYTES_MAX. The sender has no name unless it wants one; answers come back through its own session.
 */
import { DeadlineError, PayloadTooLargeError, PeerError, RefusedError, SessionError } from '../../errors.ts';
import type { Clock, Random, RelaySession, SessionRequest, Waiting } from '../../node.ts';
import type { MessageRequest, MessageSent, ReceivedMessage, RelayMessages } from '../../relay-messages.ts';
import { withDeadline } from '../deadline.ts';
import type { Emit } from '../events.ts';
import type { Service } from '../services.ts';
import { FrameError } from '../wire/bytes.ts';
import { MessageInbox } from './inbox.ts';
import { KeptSessions } from './kept-sessions.ts';
import { Mailboxes } from './mailboxes.ts';
import { type Receiving, receiveMessages } from './receive.ts';
import { encodeMessage, MESSAGE_BYTES_MAX, type Message, type Receipt, readReceipt, Source } from './wire.ts';

const MESSAGES_SERVICE = 'messages';
/** The stream by which answers come back. */
const MAILBOX_SERVICE = 'mailbox';
const TIMEOUT_MS = 120_000;
/** A session that broke, and another one. */
const RETRIES_MAX = 5;
const RETRY_PAUSE_MS = 500;
/** Held here for sending, over all. */
const SENDING_BYTES_MAX = 32 * 1024 * 1024;

export interface MessagesOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly emit: Emit;
  open(request: SessionRequest): Promise<RelaySession>;
  log(line: string): void;
}

export interface Messages extends RelayMessages {
  /** For services.ts, by name. */
  readonly services: readonly (readonly [string, Service])[];
}

export const openMessages = ({ clock, random, emit, open, log }: MessagesOptions): Messages => {
  const inbox = new MessageInbox();
  const mailboxes = new Mailboxes();
  const arriving = { arrivingBytes: 0 };
  let sendingBytes = 0;

  const receiving = (from: string | null, came: (id: string) => void): Receiving => ({
    get arrivingBytes() {
      return arriving.arrivingBytes;
    },
    set arrivingBytes(bytes) {
      arriving.arrivingBytes = bytes;
    },
    take(message) {
      const [receipt, received] = inbox.deliver(message, from, clock.now());
      if (receipt === 'delivered') came(message.id);
      if (received !== null) emit(eventOf(received));
      return receipt;
    },
  });
  const receive: Service = (stream, session) => {
    stream.opened();
    const came = (id: string): void => mailboxes.came(id, session);
    receiveMessages(stream.duplex, receiving(session.client, came)).catch((error: Error) => {
      log(`messages: one did not arrive whole: ${error.message}`);
      stream.duplex.destroy();
    });
  };
  const mailbox: Service = (stream, session) => {
    stream.opened();
    mailboxes.open(session, stream.duplex);
  };
  const sessions = new KeptSessions({
    clock,
    open,
    // Before the first message, so that its answer finds the way.
    async opened(session, { exit }) {
      const stream = await session.connect(MAILBOX_SERVICE, 0);
      receiveMessages(
        stream,
        receiving(exit, () => {}),
      ).catch(() => stream.destroy());
    },
  });

  const through = async (request: SessionRequest, message: Message): Promise<Receipt> =>
    sessions.use(request, async (session) => {
      const stream = await session.connect(MESSAGES_SERVICE, 0, request);
      const abort = (): void => void stream.destroy(request.signal?.reason);
      request.signal?.addEventListener('abort', abort, { once: true });
      stream.on('error', () => {}); // the reader hears it too
      try {
        stream.end(encodeMessage(message));
        return await readReceipt(new Source(stream));
      } catch (error) {
        request.signal?.throwIfAborted();
        throw error instanceof FrameError ? new SessionError(`the other relay gave no receipt: ${error.message}`, { cause: error }) : error;
      } finally {
        request.signal?.removeEventListener('abort', abort);
        stream.destroy();
      }
    });
  const send = async (request: MessageRequest, message: Message, signal: AbortSignal): Promise<readonly [Receipt, number]> => {
    const { to, carrier = 'auto', onionBytesMax, identity } = request;
    if (to === undefined) return [await mailboxes.answer(message), 0];
    const asked = { exit: to, carrier, ...(onionBytesMax && { onionBytesMax }), ...(identity && { identity }), signal };
    for (let retries = 0; ; retries++) {
      try {
        return [await through(asked, message), retries];
      } catch (error) {
        signal.throwIfAborted();
        const broken = error instanceof SessionError || error instanceof PeerError;
        if (!broken || retries >= RETRIES_MAX) throw error;
      }
      await clock.sleep(RETRY_PAUSE_MS * 2 ** retries, { signal });
    }
  };

  return {
    services: [
      [MESSAGES_SERVICE, receive],
      [MAILBOX_SERVICE, mailbox],
    ],
    async send(request): Promise<MessageSent> {
      const { to, replyTo, timeoutMs = TIMEOUT_MS, signal } = request;
      const message = messageOf(request, () => Buffer.from(random.bytes(16)).toString('hex'));
      const { length } = message.body;
      if (sendingBytes + length > SENDING_BYTES_MAX)
        throw new SessionError(`${sendingBytes} B of messages are on their way: that is the limit`);
      const over = new AbortController();
      const late = (): Error => {
        const error = new DeadlineError(
          `no receipt for message ${message.id} from ${to ?? `the sender of ${replyTo}`} within ${timeoutMs / 1000} s`,
          {
            hint: `it may have arrived: sent again with the same id it is shown once`,
          },
        );
        over.abort(error);
        return error;
      };
      sendingBytes += length;
      const either = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
      const sending = send(request, message, either).finally(() => {
        sendingBytes -= length;
      });
      sending.catch(() => {});
      const [receipt, retries] = await withDeadline({ clock, ms: timeoutMs, signal, late }, sending);
      if (receipt !== 'delivered') throw refused(receipt, length);
      return { id: message.id, retries };
    },
    list: async (request) => inbox.list(request),
    remove: async (id: string, _waiting?: Waiting) => inbox.remove(id),
  };
};

const messageOf = ({ id, to, replyTo, text, bytes }: MessageRequest, freshId: () => string): Message => {
  if ((text === undefined) === (bytes === undefined)) throw new RefusedError('a message has either text or bytes');
  if (to === undefined && replyTo === undefined) throw new RefusedError('a message goes to a node, or answers a message');
  const body = text === undefined ? Buffer.from(bytes as Uint8Array) : Buffer.from(text, 'utf8');
  if (body.length > MESSAGE_BYTES_MAX) throw new PayloadTooLargeError('message', body.length, MESSAGE_BYTES_MAX);
  return { id: id ?? freshId(), replyTo: replyTo ?? null, isText: text !== undefined, body };
};

const REFUSALS: Readonly<Record<Exclude<Receipt, 'delivered' | 'too-large'>, string>> = {
  full: 'its inbox is full of messages that nobody has fetched',
  busy: 'too many messages are arriving there at once',
  conflict: 'it holds another message of this id',
  malformed: 'it does not understand the message',
};

const refused = (receipt: Exclude<Receipt, 'delivered'>, bytes: number): Error =>
  receipt === 'too-large'
    ? new PayloadTooLargeError('message', bytes, MESSAGE_BYTES_MAX)
    : new RefusedError(`the other relay did not take the message: ${REFUSALS[receipt]}`);

const eventOf = ({ number: _, atMs: __, bytes, ...message }: ReceivedMessage) => ({
  kind: 'message' as const,
  ...message,
  ...(bytes === undefined ? {} : { bytes: Buffer.from(bytes).toString('base64') }),
});
