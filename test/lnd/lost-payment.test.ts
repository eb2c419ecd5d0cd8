import test from 'ava';
import { isLost, type RawChannel } from '../../nodes/lnd/lost-payment.ts';
import type { RawAttempt } from '../../nodes/lnd/payments.ts';

const HASH = Buffer.alloc(32, 7);
const NOW_MS = 1_800_000_000_000;
const secondsAgo = (s: number): string => String(BigInt(NOW_MS - s * 1_000) * 1_000_000n);

const attempt = (startedS: number, more: Partial<RawAttempt> = {}): RawAttempt =>
  ({
    status: 'IN_FLIGHT',
    attempt_time_ns: secondsAgo(startedS),
    route: { hops: [{ chan_id: '1' }] },
    ...more,
  }) as RawAttempt;
const payment = (...htlcs: RawAttempt[]) => ({ creation_time_ns: secondsAgo(60), htlcs });
/** LND has run for 20 s. */
const channel = (more: Partial<RawChannel> = {}): RawChannel => ({
  chan_id: '1',
  active: true,
  lifetime: '20',
  pending_htlcs: [],
  ...more,
});
const htlc = (hash: Uint8Array, incoming = false) => ({ incoming, hash_lock: hash });

const lost = (t: { channels?: RawChannel[]; of?: ReturnType<typeof payment> }): boolean =>
  isLost(t.of ?? payment(attempt(30)), HASH, t.channels ?? [channel()], NOW_MS);

test('an attempt of an LND that ended since is lost when its channel is at work and holds no such HTLC', (t) => {
  t.true(lost({}));
  t.true(lost({ channels: [channel({ pending_htlcs: [htlc(Buffer.alloc(32, 8)), htlc(HASH, true)] })] }));
  t.true(lost({ of: payment(attempt(30), attempt(40, { status: 'FAILED' })) }));
});

test('what may still be under way is not lost', (t) => {
  t.false(lost({ of: payment(attempt(10)) }), 'begun by the LND that runs: it may wait for its link');
  t.false(lost({ of: payment(attempt(21)) }), 'too close to the start to tell');
  t.false(lost({ channels: [channel({ pending_htlcs: [htlc(HASH)] })] }), 'the channel holds its HTLC');
  t.false(lost({ channels: [channel({ active: false })] }), 'the peer may still hold it');
  t.false(lost({ channels: [channel({ lifetime: '0' })] }), 'LND does not say since when it runs');
  t.false(lost({ channels: [channel({ chan_id: '2' })] }), 'its channel is closed: the chain decides');
  t.false(lost({ of: payment(attempt(30), attempt(10)) }), 'one of two is under way');
});

test('a payment that was written down and never tried is lost with the process that wrote it', (t) => {
  t.true(lost({ of: payment() }));
  t.false(lost({ of: payment(), channels: [channel({ lifetime: '90' })] }));
  t.false(lost({ of: payment(), channels: [] }));
});
