/** The kinds of load, as they are written. Adding one: a schema and a word here, its plan in workload-plan.ts. */
import { z } from 'zod';
import { CARRIERS } from '../../nodes/plan.ts';
import { closed, listOf, nodeName, quantity, whole } from './fields.ts';
import { subnetBase } from './tunnel-ends.ts';

/** LND finds no longer routes (BOLT 4's onion of 1300 B holds about 20 hops). */
export const HOPS_MAX = 20;
export const WORKLOADS_MAX = 100;
const COUNT_MAX = 100_000;
const IN_FLIGHT_MAX = 483;
const STREAMS_MAX = 1_000;
const GIB = 2 ** 30;
/** What a relay takes in one message. */
const MESSAGE_BYTES_MAX = 4 * 2 ** 20;

const carrier = z.enum(CARRIERS);
const carriers = listOf(carrier, CARRIERS.length).default([...CARRIERS]);
const hops = listOf(whole(1, HOPS_MAX), HOPS_MAX);
/** BOLT 4's recommended packet, and the largest that LND takes. */
const onion = z.union([z.literal(32_834), z.literal(65_498)], { error: 'expected the size of an onion packet: 32834 or 65498' });
const onions = listOf(onion, 2);

const sizeLimit = closed({ kind: z.literal('size-limit'), from: nodeName.optional(), carriers, hops, onions: onions.default([32_834]) });

const payment = closed({
  kind: z.literal('payment'),
  from: nodeName.optional(),
  hops,
  count: whole(1, COUNT_MAX).default(20),
  amount: quantity('amount', { min: 1 }).prefault('1 sat'),
});

const message = closed({
  kind: z.literal('message'),
  from: nodeName,
  to: nodeName,
  carriers,
  inFlight: listOf(whole(1, IN_FLIGHT_MAX), 16).default([1, 16, 64]),
  onions: onions.default([32_834]),
  offered: listOf(quantity('rate', { min: 1 }), 16, 0).default([]),
  duration: quantity('duration', { min: 100, max: 3_600_000 }).prefault('5 s'),
});

const tunnel = closed({
  kind: z.literal('tunnel'),
  from: nodeName,
  to: nodeName,
  carrier: z.enum([...CARRIERS, 'auto']),
  origin: nodeName,
  bytes: quantity('bytes', { min: 1, max: 64 * GIB }),
  streams: whole(1, STREAMS_MAX).default(4),
  direction: listOf(z.enum(['down', 'up']), 2).default(['down', 'up']),
  /** Whether the exit is told which node calls. */
  identity: z.enum(['anonymous', 'named']).default('anonymous'),
  onion: onion.default(32_834),
  pings: whole(0, COUNT_MAX).default(20),
});

const ipTunnel = closed({
  kind: z.literal('ip-tunnel'),
  from: nodeName,
  to: nodeName,
  carrier,
  subnet: z
    .string()
    .refine((text) => subnetBase(text) !== null, { error: 'expected a subnet of IPv4 such as 10.77.0.0/24, /16 to /30' })
    .default('10.77.0.0/24'),
  onion: onion.default(32_834),
  pings: whole(0, 10_000).default(20),
  tcp: quantity('duration', { min: 1_000, max: 3_600_000 }).optional(),
  udp: closed({
    rate: quantity('rate', { min: 1_000 }),
    duration: quantity('duration', { min: 1_000, max: 3_600_000 }).prefault('5 s'),
  }).optional(),
  download: quantity('bytes', { min: 1, max: GIB }).optional(),
});

const page = closed({
  kind: z.literal('page'),
  from: nodeName,
  to: nodeName,
  carriers,
  sizes: listOf(quantity('bytes', { min: 1, max: 4 * GIB }), 16),
  loads: whole(1, 1_000).default(1),
  parallel: whole(1, 64).default(1),
  onion: onion.default(32_834),
});

const chat = closed({
  kind: z.literal('chat'),
  from: nodeName,
  to: nodeName,
  carriers,
  sizes: listOf(quantity('bytes', { min: 1, max: MESSAGE_BYTES_MAX }), 16),
  count: whole(1, COUNT_MAX).default(8),
  inFlight: listOf(whole(1, 64), 16).default([1]),
});

const roundBytes = quantity('bytes', { min: 1, max: 64 * GIB });

const soak = closed({
  kind: z.literal('soak'),
  from: nodeName,
  to: nodeName,
  carriers,
  origin: nodeName,
  duration: quantity('duration', { min: 10_000, max: 86_400_000 }),
  /** Of one transfer over each carrier; some ten seconds of it. */
  bytes: closed({
    keysend: roundBytes.prefault('128 KiB'),
    'htlc-record': roundBytes.prefault('2 MiB'),
    'onion-message': roundBytes.prefault('512 KiB'),
    'peer-message': roundBytes.prefault('16 MiB'),
  }).prefault({}),
});

const browser = closed({
  kind: z.literal('browser'),
  from: nodeName,
  to: nodeName,
  carrier,
  site: z.string().min(1).max(1_000),
  onion: onion.default(32_834),
});

const recordCliff = closed({ kind: z.literal('record-cliff'), from: nodeName, to: nodeName });

const contract = closed({
  kind: z.literal('contract'),
  from: nodeName,
  to: nodeName,
  carrier: carrier.default('peer-message'),
  origin: nodeName,
  bytes: quantity('bytes', { min: 1, max: 64 * GIB }),
  /** Bought at a time: whole MiB or minutes. */
  units: whole(1, COUNT_MAX),
  /** How long a service that ran out is left standing, to see that nothing comes. */
  hold: quantity('duration', { max: 60_000 }).prefault('1 s'),
});

/** As sim-ln makes it: by capacity, 3.8k sat a payment in the mean; LND's fee limit of 5 %, for small payments all of it up to 1k sat. */
const traffic = closed({
  kind: z.literal('traffic'),
  duration: quantity('duration', { min: 1, max: 30 * 86_400_000 }),
  multiplier: z.number().gt(0).max(1_000_000).default(2),
  /** Payments a second by all nodes, instead of what the multiplier comes to. */
  rate: z.number().gt(0).max(1_000_000).optional(),
  amount: quantity('amount', { min: 1 }).prefault('3.8k sat'),
  feeLimit: z.number().min(0).max(1).default(0.05),
  feeLimitMin: quantity('amount').prefault('10 sat'),
  timeout: quantity('duration', { min: 1, max: 3_600_000 }).prefault('60 s'),
});

export const WORKLOAD_SCHEMAS = {
  'size-limit': sizeLimit,
  payment,
  message,
  tunnel,
  'ip-tunnel': ipTunnel,
  page,
  chat,
  browser,
  soak,
  'record-cliff': recordCliff,
  contract,
  traffic,
} as const;
export const workload = z.discriminatedUnion('kind', [
  sizeLimit,
  payment,
  message,
  tunnel,
  ipTunnel,
  page,
  chat,
  browser,
  soak,
  recordCliff,
  contract,
  traffic,
]);
export type WrittenWorkload = z.output<typeof workload>;
