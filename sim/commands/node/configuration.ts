/** The file behind `sim node --config`, checked where it is read. Certificate and macaroon stand in files of their own; paths begin at its folder. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { ScenarioError } from '../../../nodes/errors.ts';
import { PAYMENT_MODES, type RelayPlan } from '../../../nodes/plan.ts';
import { readTunnelAddress } from '../../../nodes/relay/ip/subnet.ts';
import type { PacketPortOptions } from './packet-port.ts';

const PORT = z.int().min(0).max(65_535);
const TOKEN_CHARS_MIN = 32;

const FILE = z.strictObject({
  name: z.string().min(1),
  lnd: z.strictObject({
    socket: z.string().min(1),
    certFile: z.string().min(1),
    macaroonFile: z.string().min(1),
    peerSocket: z.string().default(''),
  }),
  api: z.strictObject({ host: z.string().default('127.0.0.1'), port: PORT }),
  /** Sites of other nodes for a browser; without it there is none. */
  gateway: z.strictObject({ host: z.string().default('127.0.0.1'), port: PORT }).optional(),
  socks: z.strictObject({
    host: z.string().default('127.0.0.1'),
    port: PORT,
    udpPort: PORT.default(0),
    onDemand: z.enum(['token', 'anyone']).default('token'),
  }),
  /** Where socat on the machine with a TUN device sends its packets, and where it is. */
  tun: z
    .strictObject({
      address: z.string().refine((text) => readTunnelAddress(text) !== null, { error: 'an IPv4 address with its subnet: 10.77.0.1/24' }),
      host: z.string().default('127.0.0.1'),
      port: PORT,
      peer: z.strictObject({ host: z.string().min(1), port: PORT }),
    })
    .optional(),
  token: z.string().min(TOKEN_CHARS_MIN),
  /** SQLite; default: journal.sqlite beside this file. */
  journal: z.string().min(1).optional(),
  /** A folder for sites and what was fetched of others'; default: pages beside this file. */
  shelf: z.string().min(1).optional(),
  plan: z.strictObject({
    budgetMsat: z.int().min(0),
    budgetPerDayMsat: z.int().min(0).exactOptional(),
    budgetPerSessionMsat: z.int().min(0).exactOptional(),
    feeLimitMsat: z.int().min(0),
    allow: z.array(z.string()),
    terms: z
      .strictObject({
        mode: z.enum(PAYMENT_MODES),
        price: z.strictObject({ msat: z.int().min(0), per: z.enum(['MiB', 'min']) }),
        windowBytes: z.int().min(0),
        graceMs: z.number().min(0),
      })
      .refine(({ mode, price, windowBytes }) => mode !== 'window' || (price.per === 'MiB' && windowBytes > 0), {
        error: 'mode window takes a price per MiB and a window',
      })
      .exactOptional(),
    passagePrice: z.strictObject({ msat: z.int().min(0), per: z.literal('MiB') }).exactOptional(),
  }),
});

export interface NodeConfiguration {
  readonly name: string;
  readonly lnd: { readonly socket: string; readonly cert: Buffer; readonly macaroon: Buffer; readonly peerSocket: string };
  readonly api: { readonly host: string; readonly port: number };
  readonly gateway?: { readonly host: string; readonly port: number } | undefined;
  readonly socks: {
    readonly host: string;
    readonly port: number;
    readonly udpPort: number;
    /** Whose clients may have sessions opened by naming an exit. */
    readonly onDemand: 'token' | 'anyone';
  };
  readonly tun?: PacketPortOptions | undefined;
  readonly token: string;
  readonly journal: string;
  readonly shelf: string;
  readonly plan: RelayPlan;
}

/** @throws ScenarioError with the place of every mistake. */
export const readConfiguration = async (file: string): Promise<NodeConfiguration> => {
  const parsed = FILE.safeParse(json(file, await read(file)));
  if (!parsed.success) throw new ScenarioError(`${file}: ${z.prettifyError(parsed.error)}`);
  const { lnd, ...rest } = parsed.data;
  const { socket, peerSocket, certFile, macaroonFile } = lnd;
  const beside = (path: string): string => resolve(dirname(file), path);
  const [journal, shelf] = [beside(rest.journal ?? 'journal.sqlite'), beside(rest.shelf ?? 'pages')];
  const [cert, macaroon] = [await read(beside(certFile)), await read(beside(macaroonFile))];
  return { ...rest, journal, shelf, lnd: { socket, peerSocket, cert, macaroon } };
};

const read = async (file: string): Promise<Buffer> => {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new ScenarioError(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
};

const json = (file: string, text: Buffer): unknown => {
  try {
    return JSON.parse(text.toString('utf8'));
  } catch (cause) {
    throw new ScenarioError(`${file} is no JSON: ${(cause as Error).message}`, { cause });
  }
};
