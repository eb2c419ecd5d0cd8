/** The bytes of SOCKS5 (RFC 1928) and of its user name and password (RFC 1929), as a server reads and writes them. */
import type { Duplex } from 'node:stream';
import ipaddr from 'ipaddr.js';
import { FrameError } from '../wire/bytes.ts';

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const USER_AND_PASSWORD = 2;
const NONE_ACCEPTABLE = 0xff;
const AUTHENTICATION_VERSION = 1;
const COMMANDS = { 1: 'connect', 3: 'associate' } as const;
export const ADDRESS = { ipv4: 1, domain: 3, ipv6: 4 } as const;

export const REPLY = { succeeded: 0, general: 1, notAllowed: 2, unreachable: 4, refused: 5, command: 7, address: 8 } as const;
export type Reply = (typeof REPLY)[keyof typeof REPLY];

export interface SocksUser {
  readonly name: string;
  readonly password: string;
}

export interface SocksRequest {
  readonly command: 'connect' | 'associate';
  /** null: the client gave none. */
  readonly user: SocksUser | null;
  /** To associate: where the client will send from, or zeros where it does not know. */
  readonly host: string;
  readonly port: number;
}

/** A request that is answered with this reply and no more. */
export class SocksError extends FrameError {
  readonly reply: Reply;
  constructor(reply: Reply, message: string) {
    super(message);
    this.reply = reply;
  }
}

/** Takes the greeting and the request off the socket; what follows stays in it. @throws FrameError, SocksError */
export const readRequest = async (socket: Duplex): Promise<SocksRequest> => {
  const take = taker(socket);
  const [version, count] = await take(2);
  if (version !== VERSION) throw new FrameError('not SOCKS5');
  const methods = await take(count as number);
  const user = methods.includes(USER_AND_PASSWORD) ? await authenticate(socket, take) : null;
  if (user === null) {
    if (!methods.includes(NO_AUTHENTICATION)) {
      socket.write(Buffer.of(VERSION, NONE_ACCEPTABLE));
      throw new FrameError('no way to authenticate that both know');
    }
    socket.write(Buffer.of(VERSION, NO_AUTHENTICATION));
  }
  const [again, code, , kind] = await take(4);
  if (again !== VERSION) throw new FrameError('not SOCKS5');
  const host = await readHost(kind as number, take);
  const port = (await take(2)).readUInt16BE(0);
  const command = COMMANDS[code as keyof typeof COMMANDS];
  if (command === undefined) throw new SocksError(REPLY.command, `SOCKS command ${code}: CONNECT and UDP ASSOCIATE are served`);
  // Port 0 is how a relay's own services are named inside a session (services.ts).
  if (command === 'connect' && port === 0) throw new SocksError(REPLY.notAllowed, 'port 0');
  return { command, user, host, port };
};

export interface Bound {
  /** IPv4. */
  readonly address: string;
  readonly port: number;
}

/** Where a CONNECT is bound is not ours to tell: zeros. */
const NOWHERE: Bound = { address: '0.0.0.0', port: 0 };

export const replyBytes = (reply: Reply, { address, port }: Bound = NOWHERE): Buffer =>
  Buffer.of(VERSION, reply, 0, ADDRESS.ipv4, ...address.split('.').map(Number), port >> 8, port & 255);

type Take = (length: number) => Promise<Buffer>;

const authenticate = async (socket: Duplex, take: Take): Promise<SocksUser> => {
  socket.write(Buffer.of(VERSION, USER_AND_PASSWORD));
  const [version, length] = await take(2);
  if (version !== AUTHENTICATION_VERSION) throw new FrameError('not RFC 1929');
  const name = (await take(length as number)).toString('utf8');
  const [passwordLength] = await take(1);
  const password = (await take(passwordLength as number)).toString('utf8');
  socket.write(Buffer.of(AUTHENTICATION_VERSION, 0));
  return { name, password };
};

const readHost = async (kind: number, take: Take): Promise<string> => {
  if (kind === ADDRESS.ipv4) return (await take(4)).join('.');
  if (kind === ADDRESS.ipv6) return ipaddr.fromByteArray([...(await take(16))]).toString();
  if (kind !== ADDRESS.domain) throw new SocksError(REPLY.address, `SOCKS address type ${kind}`);
  const [length] = await take(1);
  if (length === 0) throw new SocksError(REPLY.address, 'an empty host name');
  return (await take(length as number)).toString('utf8');
};

/** Exactly so many bytes, no field of SOCKS5 has more than 255, so nothing is buffered beyond what node holds anyway. */
const taker =
  (socket: Duplex): Take =>
  async (length) => {
    if (length === 0) return Buffer.alloc(0);
    for (;;) {
      const bytes = socket.read(length) as Buffer | null;
      if (bytes !== null && bytes.length === length) return bytes;
      if (bytes !== null || socket.readableEnded || socket.destroyed) throw new FrameError('the client hung up');
      await readable(socket);
    }
  };

const readable = (socket: Duplex): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      for (const event of ['readable', 'end', 'close', 'error']) socket.off(event, done);
      resolve();
    };
    for (const event of ['readable', 'end', 'close', 'error']) socket.on(event, done);
  });
