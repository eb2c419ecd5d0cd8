/** The pace of onion messages against a limiter as LND has it: a token bucket that drops without a word (golang.org/x/time/rate). */
import test from 'ava';
import { BURST_BYTES, OnionRate, type RateMark } from '../../nodes/relay/carrier/onion-rate.ts';

const MESSAGE_BYTES = 32_834 + 37;
const RTT_MS = 120;

interface Outcome {
  readonly bytesPerS: number;
  readonly lost: number;
  /** Of those, what tokens had been there for. */
  readonly lostPaid: number;
  readonly sent: number;
}

interface Limiter {
  readonly bytesPerS: number;
  readonly burst: number;
  /** How long every message is on its way there. */
  readonly transitMs?: number;
}

/** Sends as fast as the pace lets it for so long; the far limiter is null where there is none. */
const send = (rate: OnionRate, limiter: Limiter | null, ms: number, startMs = 0): Outcome => {
  let [nowMs, tokens, filledMs, arrived, lost, lostPaid, sent] = [startMs, limiter?.burst ?? 0, startMs, 0, 0, 0, 0];
  const news: { atMs: number; mark: RateMark; ok: boolean }[] = [];
  while (nowMs < startMs + ms) {
    const at = Math.min(rate.readyAt(MESSAGE_BYTES, nowMs), news[0]?.atMs ?? Number.POSITIVE_INFINITY);
    nowMs = Math.max(nowMs, at);
    while (news[0] !== undefined && news[0].atMs <= nowMs) {
      const { mark, ok } = news.shift()!;
      if (ok) rate.arrived(mark, nowMs);
      else rate.lost(mark, nowMs);
    }
    if (rate.readyAt(MESSAGE_BYTES, nowMs) > nowMs) continue;
    // What a real node can take at all: 2 MB/s.
    if (limiter === null) nowMs += MESSAGE_BYTES / 2_000;
    const mark = rate.sent(MESSAGE_BYTES, nowMs);
    sent += 1;
    let ok = true;
    if (limiter !== null) {
      const reachedMs = nowMs + (limiter.transitMs ?? 0);
      tokens = Math.min(limiter.burst, tokens + ((reachedMs - filledMs) * limiter.bytesPerS) / 1000);
      filledMs = reachedMs;
      ok = tokens >= MESSAGE_BYTES;
      if (ok) tokens -= MESSAGE_BYTES;
    }
    if (ok) arrived += MESSAGE_BYTES;
    else {
      lost += 1;
      if (mark.kind === 'paid') lostPaid += 1;
    }
    news.push({ atMs: nowMs + (ok ? RTT_MS : 4 * RTT_MS), mark, ok });
    news.sort((one, other) => one.atMs - other.atMs);
  }
  return { bytesPerS: (arrived * 1000) / ms, lost, lostPaid, sent };
};

test('under LND’s own limiter it moves what the limiter lets through and loses next to nothing', (t) => {
  const { bytesPerS, lost, sent } = send(new OnionRate(), { bytesPerS: 64_000, burst: BURST_BYTES }, 300_000);
  const possible = 64_000 + BURST_BYTES / 300;
  t.true(bytesPerS > 0.95 * possible, `${bytesPerS} B/s of ${possible}`);
  t.true(lost / sent < 0.03, `${lost} of ${sent} lost`);
});

test('the first megabyte under that limiter costs at most two messages', (t) => {
  const { lost } = send(new OnionRate(), { bytesPerS: 64_000, burst: BURST_BYTES }, 13_000);
  t.true(lost <= 2, `${lost} lost`);
});

test('a burst that takes its time to a limiter far away loses nothing there but what was to find it', (t) => {
  const rate = new OnionRate();
  for (let transfer = 0; transfer < 5; transfer++) {
    const { lostPaid } = send(rate, { bytesPerS: 64_000, burst: BURST_BYTES, transitMs: 300 }, 20_000, transfer * 60_000);
    t.is(lostPaid, 0, `transfer ${transfer}`);
  }
});

test('a limiter that is tighter is found, and the loss stays small', (t) => {
  const rate = new OnionRate();
  send(rate, { bytesPerS: 32_000, burst: BURST_BYTES }, 60_000);
  const { bytesPerS, lost, sent } = send(rate, { bytesPerS: 32_000, burst: 40_000 }, 300_000, 60_000);
  t.true(bytesPerS > 0.8 * 32_000, `${bytesPerS} B/s`);
  t.true(lost / sent < 0.2, `${lost} of ${sent} lost`);
});

test('where nothing limits it climbs to what the node takes within seconds', (t) => {
  const rate = new OnionRate();
  send(rate, null, 5_000);
  const { bytesPerS, lost } = send(rate, null, 10_000, 5_000);
  t.true(bytesPerS > 1_500_000, `${bytesPerS} B/s`);
  t.is(lost, 0);
});

test('short messages find room when long ones wait', (t) => {
  const rate = new OnionRate();
  let nowMs = 0;
  for (let count = 0; count < 20; count++) {
    nowMs = rate.readyAt(MESSAGE_BYTES, nowMs);
    const mark = rate.sent(MESSAGE_BYTES, nowMs);
    if (mark.kind === 'probe') rate.lost(mark, nowMs);
  }
  t.true(rate.readyAt(MESSAGE_BYTES, nowMs) > nowMs);
  t.is(rate.readyAt(1_403, nowMs), nowMs);
});

test('a probe whose session ended does not stop it from ever trying again', (t) => {
  const rate = new OnionRate();
  let nowMs = 0;
  let probes = 0;
  for (let count = 0; count < 200; count++) {
    nowMs = rate.readyAt(MESSAGE_BYTES, nowMs);
    if (rate.sent(MESSAGE_BYTES, nowMs).kind !== 'paid') probes += 1;
  }
  t.true(probes > 1);
});

test('a message that is lost right behind a probe does not slow it down; one that is lost later does', (t) => {
  const rate = new OnionRate();
  let nowMs = 0;
  const send = () => {
    nowMs = Math.max(nowMs, rate.readyAt(32_871, nowMs));
    return rate.sent(32_871, nowMs);
  };
  let mark = send();
  for (let sends = 0; mark.kind !== 'probe'; sends++) {
    rate.arrived(mark, nowMs);
    t.true(sends < 100, 'it probes soon');
    mark = send();
  }
  const before = rate.bytesPerS;
  const behind = send();
  rate.lost(mark, nowMs);
  rate.lost(behind, nowMs);
  t.is(rate.bytesPerS, before, 'the probe took its tokens further on');
  for (let index = 0; index < 4; index++) rate.arrived(send(), nowMs);
  rate.lost(send(), nowMs);
  t.true(rate.bytesPerS < before);
});
