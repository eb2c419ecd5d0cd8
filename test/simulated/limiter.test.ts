import test from 'ava';
import * as fc from 'fast-check';
import { TokenBucket } from '../../nodes/simulated/limiter.ts';

test('the burst passes at once, then bytes at the rate', (t) => {
  const bucket = new TokenBucket(512, 262_144, 0);
  const passed = () => Array.from({ length: 20 }, () => bucket.allow(32_834, 0)).filter(Boolean).length;
  t.is(passed(), 7);
  // 32,834 B less the 32,306 left of the burst are 528 B: 8.25 ms at 64 kB/s.
  t.false(bucket.allow(32_834, 8_249));
  t.true(bucket.allow(32_834, 8_250));
});

test('never more passes than the burst and the rate allow, and what is refused costs nothing', (t) => {
  void fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000 }),
      fc.integer({ min: 1, max: 100_000 }),
      fc.array(fc.record({ waitUs: fc.nat(1_000_000), bytes: fc.integer({ min: 1, max: 70_000 }) }), { maxLength: 100 }),
      (kbps, burst, asked) => {
        const bucket = new TokenBucket(kbps, burst, 0);
        let nowUs = 0;
        let passed = 0;
        for (const { waitUs, bytes } of asked) {
          nowUs += waitUs;
          if (bucket.allow(bytes, nowUs)) passed += bytes;
        }
        t.true(passed <= burst + (nowUs * kbps) / 8_000 + 1e-6);
      },
    ),
    { numRuns: 100 },
  );
});

test('with all at zero everything passes', (t) => {
  t.true(new TokenBucket(0, 0, 0).allow(1e9, 0));
});
