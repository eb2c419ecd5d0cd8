/** A client that pays and an exit that is paid, over fake circuits; payments go from one to the other by a node that is told how each ends. */
import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { PaymentFailedError } from '../../nodes/errors.ts';
import { MemoryJournal } from '../../nodes/journal.ts';
import type { Node, PayRequest, ReceivedPayment, Route } from '../../nodes/node.ts';
import type { CarrierKind, ExitTerms } from '../../nodes/plan.ts';
import { ExitAccounts } from '../../nodes/relay/payment/exit-accounts.ts';
import { Payer } from '../../nodes/relay/payment/payer.ts';
import { Payments } from '../../nodes/relay/payment/payments.ts';
import type { Accept } from '../../nodes/relay/session/session.ts';
import { routeOf } from './crashing-world.ts';
import { seededRandom } from './fake-circuits.ts';
import { sessionPair } from './session-pair.ts';

export const EXIT_KEY = '02'.padEnd(66, 'e');
export const MIB = 2 ** 20;

export const CONTRACT: ExitTerms = { mode: 'contract', price: { msat: 10_000, per: 'MiB' }, windowBytes: 0, graceMs: 60_000 };

export interface PaidPairOptions {
  readonly carrier?: CarrierKind;
  readonly terms?: ExitTerms;
  readonly budgetMsat?: number;
  readonly sessionBudgetMsat?: number;
  readonly seed?: number;
  /** What reaches the exit of a payment that settled: it itself where nothing is said. */
  readonly deliver?: (payment: ReceivedPayment) => readonly ReceivedPayment[];
  /** What the client is told by its node of a signature. */
  readonly verify?: Node['verify'];
}

/** The origin behind the exit: `bytes N` is answered with N bytes, and what else is sent is counted. */
const origin =
  (counts: { uploaded: number }): Accept =>
  (stream, host) => {
    stream.opened();
    const bytes = Number(/^bytes-(\d+)$/.exec(host)?.[1] ?? 0);
    stream.duplex.on('data', (chunk: Buffer) => {
      counts.uploaded += chunk.length;
    });
    if (bytes > 0) stream.duplex.end(Buffer.alloc(bytes, 1));
  };

export const paidPair = (options: PaidPairOptions = {}) => {
  const { carrier = 'peer-message', terms = CONTRACT, deliver = (payment: ReceivedPayment) => [payment] } = options;
  const logs: string[] = [];
  const log = (line: string): void => void logs.push(line);
  const { signal } = new AbortController();
  const paid: { readonly amountMsat: number; readonly hash: string }[] = [];
  const received: ReceivedPayment[] = [];
  const counts = { uploaded: 0 };
  let failing = 0;
  const later: { accounts?: ExitAccounts } = {};
  const pair = sessionPair(carrier, {
    seed: options.seed ?? 1,
    accept: ((...args: Parameters<Accept>) => {
      const [stream, host, port] = args;
      const accounts = later.accounts as ExitAccounts;
      if (host === 'contract' && port === 0) accounts.serve(stream, pair.exit);
      else accounts.charging(origin(counts))(stream, host, port, pair.exit);
    }) as never,
  });
  const { clock } = pair;
  const node = {
    name: 'n0',
    publicKey: EXIT_KEY,
    sign: async (message: Uint8Array) => createHash('sha256').update(message).digest('hex'),
    verify:
      options.verify ??
      (async (message: Uint8Array, signature: string) =>
        createHash('sha256').update(message).digest('hex') === signature ? EXIT_KEY : '03'.padEnd(66, '1')),
    route: async ({ amountMsat }: { amountMsat: number }) => routeOf(amountMsat),
    lookUpPayment: async () => ({ state: 'unknown' }),
    async pay({ amountMsat, preimage, records, to }: PayRequest) {
      await clock.sleep(200);
      if (failing > 0) {
        failing -= 1;
        throw new PaymentFailedError('TEMPORARY_CHANNEL_FAILURE');
      }
      const hash = createHash('sha256').update(preimage).digest();
      paid.push({ amountMsat, hash: hash.toString('hex') });
      for (const payment of deliver({ hash, amountMsat, records: records ?? [] })) {
        received.push(payment);
        accounts.received(payment);
      }
      return { hash, amountMsat, feeMsat: (to as Route).feeMsat, hops: 2 };
    },
  } as unknown as Node;
  const accounts = new ExitAccounts({ node, clock, random: seededRandom(9), terms, signal, log });
  later.accounts = accounts;
  const plan = { budgetMsat: options.budgetMsat ?? 1e9, feeLimitMsat: 5_000 };
  const payments = new Payments({ node, plan, clock, journal: new MemoryJournal(), signal, log });
  const payer = new Payer({
    session: pair.client,
    exit: EXIT_KEY,
    node,
    clock,
    payments,
    feeLimitMsat: plan.feeLimitMsat,
    sessionBudgetMsat: options.sessionBudgetMsat,
    signal,
    log,
  });
  pair.client.setGate(payer.meter);
  return {
    ...pair,
    accounts,
    payer,
    payments,
    paid,
    received,
    counts,
    logs,
    failNext: (times: number) => {
      failing = times;
    },
    /** Bytes that come down one stream, as they come. */
    async download(bytes: number) {
      const stream: Duplex = await pair.client.connect(`bytes-${bytes}`, 80);
      const seen = { bytes: 0, ended: false, stream };
      stream.on('data', (chunk: Buffer) => {
        seen.bytes += chunk.length;
      });
      stream.once('end', () => {
        seen.ended = true;
      });
      stream.on('error', () => {});
      return seen;
    },
  };
};
