/** Three nodes of the line are enough: n0 pays, n1 passes on, n2 takes. No relay may stand beside them: LND has one such program at a time. */
import { randomBytes } from 'node:crypto';
import { LndError, PayloadTooLargeError, PaymentFailedError } from '../../nodes/errors.ts';
import { HTLC_ANSWER_MS } from '../../nodes/htlc-answer.ts';
import type { ExitHtlc, Forward, Node, PayRequest, TlvRecord } from '../../nodes/node.ts';
import { tlvStreamBytes, WIRE_RECORDS_BYTES_MAX } from '../../nodes/onion.ts';
import { type Contracts, routeTo } from './contract.ts';
import { balances, balancesChangedBy, hashOf, keysend } from './keysend.ts';

const WIRE_TYPE = 1_197_867;
/** LND's own record and ours are told apart by type. */
const contentOf = (records: readonly TlvRecord[]): Buffer | null => {
  const record = records.find(({ type }) => type === WIRE_TYPE);
  return record === undefined ? null : Buffer.from(record.value);
};
const wire = (value: Uint8Array): TlvRecord[] => [{ type: WIRE_TYPE, value }];
const never = (): Promise<never> => new Promise(() => {});

export const wireRecords: Contracts = {
  'wire records reach the next node, go on as its program says, and are read where the payment ends': async (t, _network, line) => {
    const stop = new AbortController();
    const [forwards, exits]: [Forward[], ExitHtlc[]] = [[], []];
    const back = (value: Buffer) => Buffer.from(value).reverse();
    await line[1]!.interceptForwards((forward) => {
      forwards.push(forward);
      return { resumeWith: wire(back(contentOf(forward.wireRecords)!)) };
    }, stop);
    await line[2]!.modifyExitHtlcs((htlc) => {
      exits.push(htlc);
      return 'accept';
    }, stop);
    const request = await twoHops(line, randomBytes(30_000));
    await line[0]!.pay(request);
    stop.abort();
    const sent = Buffer.from(request.wireRecords![0]!.value);
    const [forward, exit] = [forwards[0]!, exits[0]!];
    t.deepEqual([forwards.length, exits.length], [1, 1]);
    t.true(contentOf(forward.wireRecords)!.equals(sent));
    t.is(forward.amountMsat, 1000);
    t.deepEqual(Buffer.from(forward.hash), hashOf(request));
    const [incoming, outgoing] = await Promise.all([line[0]!, line[2]!].map((node) => node.channels()));
    t.true(incoming!.some(({ id }) => id === forward.incoming) && outgoing!.some(({ id }) => id === forward.outgoing));
    t.true(contentOf(exit.wireRecords)!.equals(back(sent)));
    t.deepEqual(Buffer.from(exit.hash), hashOf(request));
    t.deepEqual(Buffer.from(exit.preimage!), Buffer.from(request.preimage));
    t.is(exit.amountMsat, 1000);
  },

  'a forward that is only resumed arrives without its wire records, as when nobody is asked': async (t, _network, line) => {
    const stop = new AbortController();
    const exits: (Buffer | null)[] = [];
    await line[2]!.modifyExitHtlcs(({ wireRecords: records }) => {
      exits.push(contentOf(records));
      return 'accept';
    }, stop);
    await line[0]!.pay(await twoHops(line, randomBytes(100)));
    await line[1]!.interceptForwards(() => 'resume', stop);
    await line[0]!.pay(await twoHops(line, randomBytes(100)));
    await line[0]!.pay(keysend(await routeTo(line, 2, 1000), randomBytes(100)));
    stop.abort();
    t.deepEqual(exits, [null, null, null]);
  },

  'an HTLC that is cancelled where it ends fails and costs nothing': async (t, network, line) => {
    await network.quiet();
    const before = await balances(network);
    const stop = new AbortController();
    await line[2]!.modifyExitHtlcs(() => 'cancel', stop);
    const failed = await t.throwsAsync(line[0]!.pay(await twoHops(line, randomBytes(100))), { instanceOf: PaymentFailedError });
    stop.abort();
    t.regex(failed!.reason, /INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS/);
    await network.quiet();
    await balancesChangedBy(t, network, before, new Map());
  },

  'wire records up to our limit arrive; one byte more is refused at the payer and dropped on the way': async (t, _network, line) => {
    const room = WIRE_RECORDS_BYTES_MAX - tlvStreamBytes(wire(Buffer.alloc(1_000))) + 1_000;
    const stop = new AbortController();
    const exits: (number | undefined)[] = [];
    let grow = 0;
    await line[1]!.interceptForwards(({ wireRecords: records }) => {
      const value = contentOf(records)!;
      return { resumeWith: wire(Buffer.concat([value, Buffer.alloc(grow)])) };
    }, stop);
    await line[2]!.modifyExitHtlcs(({ wireRecords: records }) => {
      exits.push(contentOf(records)?.length);
      return 'accept';
    }, stop);
    await line[0]!.pay(await twoHops(line, randomBytes(room)));
    const over = await twoHops(line, randomBytes(room + 1));
    const refused = await t.throwsAsync(line[0]!.pay(over), { instanceOf: PayloadTooLargeError });
    t.is(refused!.limitBytes, WIRE_RECORDS_BYTES_MAX);
    grow = 1;
    await line[0]!.pay(await twoHops(line, randomBytes(room)));
    stop.abort();
    t.deepEqual(exits, [room, undefined]);
  },

  'who never answers holds an HTLC no longer than its bound, and then it goes on': async (t, network, line) => {
    const stop = new AbortController();
    await line[1]!.interceptForwards(never, stop);
    await line[2]!.modifyExitHtlcs(() => Promise.reject(new Error('no answer')), stop);
    const startMs = network.clock.now();
    await line[0]!.pay(await twoHops(line, randomBytes(100)));
    const tookMs = network.clock.now() - startMs;
    stop.abort();
    t.true(tookMs >= HTLC_ANSWER_MS && tookMs < 3 * HTLC_ANSWER_MS, `${tookMs} ms`);
  },

  'a program that goes lets what it holds go on at once, and another may follow': async (t, network, line) => {
    const stop = new AbortController();
    const asked = Promise.withResolvers<void>();
    await line[1]!.interceptForwards(() => {
      asked.resolve();
      return never();
    }, stop);
    const second = line[1]!.interceptForwards(() => 'resume', new AbortController());
    await t.throwsAsync(second, { instanceOf: LndError }, 'one program at a time');
    const startMs = network.clock.now();
    const paying = line[0]!.pay(await twoHops(line, randomBytes(100)));
    await asked.promise;
    stop.abort();
    await paying;
    t.true(network.clock.now() - startMs < HTLC_ANSWER_MS);
    const next = new AbortController();
    const seen: string[] = [];
    const answer = ({ id }: Forward) => {
      seen.push(id);
      return 'resume' as const;
    };
    await line[1]!.interceptForwards(answer, next);
    await line[0]!.pay(await twoHops(line, randomBytes(100)));
    next.abort();
    t.is(seen.length, 1);
  },
};

async function twoHops(line: readonly Node[], value: Uint8Array): Promise<PayRequest> {
  return { ...keysend(await routeTo(line, 2, 1000), randomBytes(8)), wireRecords: wire(value) };
}
