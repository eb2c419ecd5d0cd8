import test from 'ava';
import { RunRecorder } from '../../sim/measure/recorder.ts';

function recorder(exact = false): { record: RunRecorder; at: (ms: number) => void } {
  let now = 1_000;
  const record = new RunRecorder(() => now, exact);
  return {
    record,
    at: (ms) => {
      now = ms;
    },
  };
}

test('samples become one summary per tags, each kept with its time since the workloads began', (t) => {
  const { record, at } = recorder();
  at(1_010);
  record.sample('payment_latency_ms', { hops: 1 }, 110);
  at(1_020.5);
  record.sample('payment_latency_ms', { hops: 1 }, 130);
  record.sample('payment_latency_ms', { hops: 2 }, 200);
  t.deepEqual(
    record.metrics().map(({ tags, summary }) => [tags.hops, summary?.count, summary?.mean]),
    [
      [1, 2, 120],
      [2, 1, 200],
    ],
  );
  t.deepEqual(record.samples()[1], { metric: 'payment_latency_ms', tags: { hops: 1 }, atMs: 20.5, value: 130 });
});

test('metrics stand in the order of their list, whatever was measured first', (t) => {
  const { record } = recorder();
  record.value('accounting_error_msat', {}, 0);
  record.value('tunnel_goodput_bytes_per_s', { carrier: 'keysend', hops: 5, direction: 'up' }, 1);
  record.value('payload_limit_bytes', { carrier: 'keysend', hops: 1, by: 'lnd' }, 1207);
  t.deepEqual(
    record.metrics().map(({ name }) => name),
    ['payload_limit_bytes', 'tunnel_goodput_bytes_per_s', 'accounting_error_msat'],
  );
});

test('the same tags in another order are the same metric, and measuring it twice is said', (t) => {
  const { record } = recorder();
  record.value('payload_limit_bytes', { carrier: 'keysend', hops: 1, by: 'lnd' }, 1);
  record.value('payload_limit_bytes', { by: 'lnd', hops: 1, carrier: 'keysend' }, 2);
  t.deepEqual(
    record.metrics().map(({ value }) => value),
    [2],
  );
  t.regex(record.warnings()[0]!, /measured twice/);
});

test('in virtual time every metric is exact', (t) => {
  const { record } = recorder(true);
  record.value('message_goodput_bytes_per_s', { carrier: 'keysend', hops: 5, in_flight: 16 }, 18_000);
  t.is(record.metrics()[0]!.class, 'exact');
});

test('the headline is the figure over the most hops', (t) => {
  const { record } = recorder();
  for (const hops of [1, 5, 3]) record.sample('payment_latency_ms', { hops }, hops);
  t.deepEqual(
    record
      .metrics()
      .filter(({ headline }) => headline)
      .map(({ tags }) => tags.hops),
    [5],
  );
});

test('the best of a metric is over all that have the tags asked for', (t) => {
  const { record } = recorder();
  const name = 'message_goodput_bytes_per_s';
  record.value(name, { carrier: 'keysend', hops: 5, in_flight: 1 }, 3_000);
  record.value(name, { carrier: 'keysend', hops: 5, in_flight: 64 }, 18_000);
  record.value(name, { carrier: 'peer-message', hops: 5, in_flight: 64 }, 3e6);
  t.is(record.best(name, { carrier: 'keysend', hops: 5 }), 18_000);
  t.is(record.best(name, { carrier: 'onion-message' }), null);
});

test('a tag, shape or number that no metric has is a bug, not a row', (t) => {
  const { record } = recorder();
  t.throws(() => record.value('payment_latency_ms', { hops: 1 }, 1), { message: /takes samples/ });
  t.throws(() => record.sample('payment_latency_ms', { carrier: 'keysend' }, 1), { message: /no tag carrier/ });
  t.throws(() => record.sample('payment_latency_ms', { hops: 1 }, Number.NaN), { message: /cannot be NaN/ });
  t.deepEqual(record.metrics(), []);
});

test('the same warning twice is said once', (t) => {
  const { record } = recorder();
  record.warn('mind the gap');
  record.warn('mind the gap');
  t.deepEqual(record.warnings(), ['mind the gap']);
});
