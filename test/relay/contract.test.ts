import test from 'ava';
import fc from 'fast-check';
import { ContractError, FeeLimitError, PaymentFailedError, RefusedError } from '../../nodes/errors.ts';
import type { ExitTerms } from '../../nodes/plan.ts';
import { ExitAccount } from '../../nodes/relay/payment/exit-account.ts';
import { decodePaymentRecord, encodePaymentRecord, PAYMENT_RECORD, PAYMENT_RECORD_BYTES } from '../../nodes/relay/payment/record.ts';
import { FrameError } from '../../nodes/relay/wire/bytes.ts';
import { CONTRACT, MIB, paidPair } from './paid-pair.ts';
import { VirtualClock } from './virtual-clock.ts';

const PREPAID: ExitTerms = { ...CONTRACT, mode: 'prepaid' };
const WINDOW: ExitTerms = { ...CONTRACT, mode: 'window', windowBytes: 256 * 1024 };
const PER_MINUTE: ExitTerms = { ...CONTRACT, price: { msat: 5_000, per: 'min' } };

test('contract: it serves what was paid to the byte, stands still, and goes on when refreshed', async (t) => {
  const { clock, payer, download, paid } = paidPair();
  await clock.run(
    (async () => {
      const quote = await payer.quote();
      t.like(quote, { mode: 'contract', price: { msat: 10_000, per: 'MiB' } });
      const account = await payer.accept(quote.nonce, 2);
      t.like(account, { state: 'active', paidMsat: 20_000, spentMsat: 21_000, dueMsat: 0, creditMsat: 0, leftBytes: 2 * MIB });
      const seen = await download(3 * MIB);
      await clock.sleep(30_000);
      t.is(seen.bytes, 2 * MIB);
      t.like(await payer.account(), { state: 'paused', servedBytes: 2 * MIB, countedBytes: 2 * MIB, leftBytes: 0 });
      await payer.refresh(1);
      await clock.sleep(10_000);
      t.deepEqual([seen.bytes, seen.ended], [3 * MIB, true]);
      t.deepEqual(
        paid.map(({ amountMsat }) => amountMsat),
        [20_000, 10_000],
      );
    })(),
  );
});

test('contract: uploads count like downloads, and both stop at the same allowance', async (t) => {
  const { clock, payer, client, download, counts } = paidPair();
  await clock.run(
    (async () => {
      await payer.accept((await payer.quote()).nonce, 1);
      const up = await client.connect('sink', 80);
      up.write(Buffer.alloc(400_000));
      const seen = await download(900_000);
      await clock.sleep(30_000);
      t.is(counts.uploaded + seen.bytes, MIB);
    })(),
  );
});

test('contract: before anything was paid no stream is opened, and the refusal names the price', async (t) => {
  const { clock, client } = paidPair();
  await t.throwsAsync(clock.run(client.connect('bytes-10', 80)), {
    instanceOf: RefusedError,
    message: /payment required: 10 sat\/MiB, mode contract/,
  });
});

test('contract: a price per minute stops by the clock and goes on when refreshed, behind what is left', async (t) => {
  const { clock, payer, client } = paidPair({ terms: PER_MINUTE });
  await clock.run(
    (async () => {
      await payer.accept((await payer.quote()).nonce, 2);
      const stream = await client.connect('sink', 80);
      await clock.sleep(60_000);
      await payer.refresh(1);
      t.is(Math.round((await payer.account()).leftMs! / 1_000), 120);
      await clock.sleep(121_000);
      t.like(await payer.account(), { state: 'paused', leftMs: 0 });
      stream.write(Buffer.alloc(1_000));
      await clock.sleep(5_000);
      t.like(await payer.account(), { servedBytes: 0 });
      await payer.refresh(1);
      await clock.sleep(1_000);
      t.like(await payer.account(), { servedBytes: 1_000, state: 'active', paidMsat: 20_000 });
    })(),
  );
});

test('contract: a session that ran out and is not paid within the grace ends, and says why', async (t) => {
  const { clock, payer, download, client, exit } = paidPair();
  await clock.run(
    (async () => {
      await payer.accept((await payer.quote()).nonce, 1);
      await download(2 * MIB);
      await clock.sleep(50_000);
      t.is(exit.ended, undefined);
      await clock.sleep(20_000);
      t.regex(exit.ended!.message, /payment required: the service ran out and was not paid within 60 s/);
      t.truthy(client.ended);
    })(),
  );
});

test('contract: too little opens nothing until the rest is there, and is not lost', async (t) => {
  let short = true;
  const { clock, payer, client } = paidPair({
    deliver: (payment) => [short ? { ...payment, amountMsat: payment.amountMsat - 1 } : payment],
  });
  await clock.run(
    (async () => {
      const { nonce } = await payer.quote();
      t.like(await payer.accept(nonce, 1), { state: 'paused', paidMsat: 9_999, dueMsat: 1, creditMsat: 9_999, leftBytes: 0 });
      short = false;
      t.like(await payer.accept(nonce, 1), { state: 'active', paidMsat: 10_000, dueMsat: 0, creditMsat: 0, leftBytes: MIB });
      t.truthy(await client.connect('bytes-10', 80));
    })(),
  );
});

test('contract: what is paid beyond the cost is credit for the next', async (t) => {
  let extra = 3_000;
  const { clock, payer, paid } = paidPair({ deliver: (payment) => [{ ...payment, amountMsat: payment.amountMsat + extra }] });
  await clock.run(
    (async () => {
      t.like(await payer.accept((await payer.quote()).nonce, 1), { leftBytes: MIB, creditMsat: 3_000 });
      extra = 0;
      t.like(await payer.refresh(1), { leftBytes: 2 * MIB, creditMsat: 0 });
      t.deepEqual(
        paid.map(({ amountMsat }) => amountMsat),
        [10_000, 7_000],
      );
    })(),
  );
});

test('a payment that comes twice is counted once', async (t) => {
  const { clock, payer, accounts, received } = paidPair({ deliver: (payment) => [payment, payment] });
  await clock.run(
    (async () => {
      t.like(await payer.accept((await payer.quote()).nonce, 1), { paidMsat: 10_000, creditMsat: 0 });
      t.false(accounts.received(received[0]!));
      t.like(await payer.account(), { paidMsat: 10_000 });
    })(),
  );
});

test('a record beside another HTLC, another sequence number, or altered in any bit gives nothing', async (t) => {
  const { clock, payer, accounts, received } = paidPair();
  await clock.run(payer.quote().then(({ nonce }) => payer.accept(nonce, 1)));
  const { hash, records, amountMsat } = received[0]!;
  const { value } = records.find(({ type }) => type === PAYMENT_RECORD)!;
  const claim = (changed: Uint8Array, of = hash) =>
    accounts.received({ hash: of, amountMsat, records: [{ type: PAYMENT_RECORD, value: changed }] });
  t.false(claim(value, Buffer.alloc(32, 7)));
  for (let bit = 0; bit < value.length * 8; bit++) {
    const changed = Buffer.from(value);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    t.false(claim(changed));
  }
  t.like(await clock.run(payer.account()), { paidMsat: 10_000 });
});

test('a payment for one session is nothing to another, and two cannot share it', (t) => {
  const clock = new VirtualClock();
  const [secret, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const account = (of: Buffer) =>
    new ExitAccount({ session: { exporter: () => of, gateMoved: () => {}, fail: () => {} }, terms: PREPAID, clock });
  const [mine, theirs] = [account(secret), account(other)];
  const hash = Buffer.alloc(32, 9);
  const record = decodePaymentRecord(encodePaymentRecord(secret, 0, hash));
  t.false(theirs.take({ ...record, tag: theirs.tag }, hash, 5_000));
  t.true(mine.take(record, hash, 5_000));
  t.deepEqual([mine.statement().paidMsat, theirs.statement().paidMsat], [5_000, 0]);
});

test('a payment that fails leaves the account as it was, and the next one counts', async (t) => {
  const { clock, payer, failNext } = paidPair();
  await clock.run(
    (async () => {
      const { nonce } = await payer.quote();
      failNext(1);
      await t.throwsAsync(payer.accept(nonce, 1), { instanceOf: PaymentFailedError });
      t.like(await payer.account(), { paidMsat: 0, dueMsat: 10_000 });
      t.like(await payer.accept(nonce, 1), { paidMsat: 10_000, dueMsat: 0, leftBytes: MIB });
    })(),
  );
});

test('an expired quote is accepted by neither end, and money that comes late is credit', async (t) => {
  let held: (() => void) | undefined;
  const { clock, payer, accounts } = paidPair({
    deliver: (payment) => {
      held ??= () => accounts.received(payment);
      return [];
    },
  });
  await clock.run(
    (async () => {
      const { nonce } = await payer.quote();
      t.like(await payer.accept(nonce, 1), { dueMsat: 10_000, paidMsat: 0 });
      await clock.sleep(61_000);
      await t.throwsAsync(payer.accept(nonce, 1), { instanceOf: ContractError, message: /expired/ });
      held!();
      t.like(await payer.account(), { state: 'paused', paidMsat: 10_000, creditMsat: 10_000, leftBytes: 0 });
      await t.throwsAsync(payer.accept('00'.repeat(16), 1), { instanceOf: ContractError, message: /no quote/ });
    })(),
  );
});

test('a quote that the exit’s node did not sign is refused', async (t) => {
  const { clock, payer, paid } = paidPair({ verify: async () => null });
  await t.throwsAsync(clock.run(payer.quote()), { instanceOf: ContractError, message: /did not sign/ });
  t.is(paid.length, 0);
});

test('prepaid: any amount buys bytes at the price, none is lost to rounding, and no credit is given', async (t) => {
  const { clock, payer, download } = paidPair({ terms: PREPAID });
  await clock.run(
    (async () => {
      t.like(await payer.prepay(3_333), { state: 'active', leftBytes: Math.floor((3_333 * MIB) / 10_000) });
      await payer.prepay(3_333);
      t.like(await payer.prepay(3_334), { paidMsat: 10_000, leftBytes: MIB });
      const seen = await download(2 * MIB);
      await clock.sleep(20_000);
      t.is(seen.bytes, MIB);
      t.like(await payer.account(), { state: 'paused', dueMsat: 0 });
      await t.throwsAsync(payer.accept((await payer.quote()).nonce, 1), { instanceOf: ContractError });
    })(),
  );
});

test('window: an exit serves one window to who pays nothing, and not a byte more', async (t) => {
  const { clock, payer, download } = paidPair({ terms: WINDOW });
  await clock.run(
    (async () => {
      const seen = await download(MIB);
      await clock.sleep(30_000);
      t.is(seen.bytes, WINDOW.windowBytes);
      t.like(await payer.account(), { state: 'paused', dueMsat: 2_500, paidMsat: 0 });
    })(),
  );
});

test('window: a client that pays as it is served gets all of it, and has never paid ahead', async (t) => {
  const { clock, payer, download, exit } = paidPair({ terms: WINDOW });
  await clock.run(
    (async () => {
      await payer.payAsServed(100_000);
      const seen = await download(4 * MIB);
      while (!seen.ended) {
        const { servedBytes, paidMsat } = await payer.account();
        t.true(servedBytes * 10_000 <= (paidMsat + 2_500) * MIB);
        t.true(paidMsat <= Math.ceil((servedBytes * 10_000) / MIB));
        await clock.sleep(50);
      }
      t.is(exit.ended, undefined);
      t.is(seen.bytes, 4 * MIB);
    })(),
  );
});

test('window: a payment that finds no way is tried again when the exit asks again', async (t) => {
  const { clock, payer, download, failNext } = paidPair({ terms: WINDOW });
  await clock.run(
    (async () => {
      await payer.payAsServed(100_000);
      failNext(2);
      const seen = await download(MIB);
      while (!seen.ended) await clock.sleep(500);
      t.is(seen.bytes, MIB);
    })(),
  );
});

test('contract: two refreshes at once are two, one after the other', async (t) => {
  const { clock, payer, paid } = paidPair();
  await clock.run(
    (async () => {
      await payer.accept((await payer.quote()).nonce, 1);
      await Promise.all([payer.refresh(1), payer.refresh(2)]);
      t.like(await payer.account(), { leftBytes: 4 * MIB, creditMsat: 0 });
      t.is(paid.length, 3);
    })(),
  );
});

test('window: what was allowed for it is a bound: then nothing is paid and the exit stands still', async (t) => {
  const { clock, payer, download } = paidPair({ terms: WINDOW });
  await clock.run(
    (async () => {
      await payer.payAsServed(5_000);
      const seen = await download(4 * MIB);
      await clock.sleep(40_000);
      const { paidMsat, state } = await payer.account();
      t.true(paidMsat <= 5_000);
      t.is(state, 'paused');
      t.true(seen.bytes <= WINDOW.windowBytes + MIB / 2);
    })(),
  );
});

test('an exit that counts more than came is not paid for it', async (t) => {
  const { clock, payer, download, exit } = paidPair({ terms: CONTRACT });
  await clock.run(
    (async () => {
      await payer.accept((await payer.quote()).nonce, 4);
      await download(MIB);
      await clock.sleep(5_000);
      // The exit's own hand on the scale: a datagram flow that nobody here ever saw.
      for (let index = 0; index < 20; index++) exit.sendDatagram(9, Buffer.alloc(0));
      t.like(await payer.account(), { servedBytes: MIB, countedBytes: MIB });
      await t.notThrowsAsync(payer.refresh(1));
    })(),
  );
  const cheat = paidPair({ terms: CONTRACT });
  await cheat.clock.run(
    (async () => {
      await cheat.payer.accept((await cheat.payer.quote()).nonce, 4);
      const seen = await cheat.download(MIB);
      await cheat.clock.sleep(5_000);
      t.is(seen.bytes, MIB);
      for (let index = 0; index < 10; index++) {
        cheat.circuits.mischief = { ...cheat.circuits.mischief, drop: 1 };
        cheat.exit.sendDatagram(9, Buffer.alloc(60_000));
        await cheat.clock.sleep(100);
      }
      cheat.circuits.mischief = { ...cheat.circuits.mischief, drop: 0 };
      await cheat.clock.sleep(10_000);
      await t.throwsAsync(cheat.payer.refresh(1), {
        instanceOf: ContractError,
        message: /counts \d+ B served where 1048576 B passed here/,
      });
    })(),
  );
});

test('the budget of the session bounds what its contract may pay', async (t) => {
  const { clock, payer } = paidPair({ sessionBudgetMsat: 15_000 });
  await clock.run(
    (async () => {
      await payer.accept((await payer.quote()).nonce, 1);
      await t.throwsAsync(payer.refresh(1), { instanceOf: FeeLimitError, message: /budget of this session/ });
    })(),
  );
});

test('over keysend the carriage pays: nothing is asked and nothing is held back', async (t) => {
  const { clock, payer, download } = paidPair({ carrier: 'keysend' });
  await clock.run(
    (async () => {
      const seen = await download(100_000);
      while (!seen.ended) await clock.sleep(1_000);
      t.like(await payer.account(), { mode: 'free', state: 'free' });
      await t.throwsAsync(payer.quote(), { instanceOf: ContractError, message: /for nothing/ });
    })(),
  );
});

test('closing ends the service: what was paid is spent, nothing more is served', async (t) => {
  const { clock, payer, client } = paidPair();
  await clock.run(
    (async () => {
      await payer.accept((await payer.quote()).nonce, 1);
      t.like(await payer.close(), { state: 'closed', leftBytes: 0 });
      await t.throwsAsync(client.connect('bytes-10', 80), { instanceOf: RefusedError, message: /closed/ });
    })(),
  );
});

test('whatever is said on the stream of a contract, the exit lives and gives nothing away', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(fc.string(), fc.json(), fc.constant('\n')), { maxLength: 20 }), async (lines) => {
      const { clock, client, exit, payer } = paidPair();
      await clock.run(
        (async () => {
          const stream = await client.connect('contract', 0);
          stream.on('error', () => {});
          for (const line of lines) if (!stream.destroyed) stream.write(`${line}\n`);
          await clock.sleep(2_000);
          t.is(exit.ended, undefined);
          t.like(await payer.account(), { state: 'unpaid', paidMsat: 0, leftBytes: 0 });
        })(),
      );
    }),
    { numRuns: 30, seed: 5 },
  );
});

test('a payment record reads back as it was written, and nothing else reads', (t) => {
  const secret = Buffer.alloc(32, 1);
  fc.assert(
    fc.property(fc.nat(2 ** 32 - 1), fc.uint8Array({ minLength: 32, maxLength: 32 }), (sequence, hash) => {
      const record = encodePaymentRecord(secret, sequence, hash);
      t.is(record.length, PAYMENT_RECORD_BYTES);
      t.is(decodePaymentRecord(record).sequence, sequence);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        decodePaymentRecord(bytes);
      } catch (error) {
        t.true(error instanceof FrameError);
      }
    }),
  );
});
