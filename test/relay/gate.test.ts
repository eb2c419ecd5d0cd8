import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import test from 'ava';
import type { CarrierKind } from '../../nodes/plan.ts';
import type { Gate } from '../../nodes/relay/session/gate.ts';
import type { Stream } from '../../nodes/relay/session/streams.ts';
import { sessionPair } from './session-pair.ts';

class Allowance implements Gate {
  bytes: number;
  counted = 0;
  constructor(bytes: number) {
    this.bytes = bytes;
  }
  left(): number {
    return this.bytes - this.counted;
  }
  passed(bytes: number): void {
    this.counted += bytes;
  }
}

const counting = (stream: Duplex): { bytes: number } => {
  const seen = { bytes: 0 };
  stream.on('data', (chunk: Buffer) => {
    seen.bytes += chunk.length;
  });
  return seen;
};

const CARRIERS: readonly CarrierKind[] = ['keysend', 'onion-message', 'peer-message'];

for (const carrier of CARRIERS) {
  test(`${carrier}: what a gate lets through of a download is exact, lost packets or not, and the rest comes when it opens`, async (t) => {
    const sources: Duplex[] = [];
    const accept = (stream: Stream) => {
      stream.opened();
      sources.push(stream.duplex);
      stream.duplex.end(Buffer.alloc(200_000, 7));
    };
    const mischief = { drop: 0.1, double: 0.1, alter: 0, truncate: 0, delayMs: 20, jitterMs: 30 };
    const { clock, client, exit } = sessionPair(carrier, { accept, mischief, seed: 3 });
    const gate = new Allowance(70_001);
    exit.setGate(gate);
    await clock.run(
      (async () => {
        const streams = [await client.connect('shop', 80), await client.connect('shop', 80)];
        const seen = streams.map(counting);
        await clock.sleep(60_000);
        const sum = () => seen.reduce((all, { bytes }) => all + bytes, 0);
        t.is(sum(), 70_001);
        t.is(gate.left(), 0);
        gate.bytes = 400_000;
        exit.gateMoved();
        await Promise.all(streams.map((stream) => once(stream, 'end')));
        t.deepEqual([sum(), gate.counted], [400_000, 400_000]);
      })(),
    );
  });

  test(`${carrier}: and of an upload`, async (t) => {
    let seen = { bytes: 0 };
    const accept = (stream: Stream) => {
      stream.opened();
      seen = counting(stream.duplex);
    };
    const { clock, client, exit } = sessionPair(carrier, { accept });
    const gate = new Allowance(70_001);
    exit.setGate(gate);
    await clock.run(
      (async () => {
        const stream = await client.connect('shop', 80);
        stream.end(Buffer.alloc(100_000));
        await clock.sleep(60_000);
        t.is(seen.bytes, 70_001);
        gate.bytes = 100_000;
        exit.gateMoved();
        await clock.sleep(10_000);
        t.deepEqual([seen.bytes, gate.counted], [100_000, 100_000]);
      })(),
    );
  });
}

test('datagrams pass as long as something is left, and are dropped, not queued, when nothing is', async (t) => {
  const { clock, client, exit } = sessionPair('peer-message', {});
  const gate = new Allowance(1_000);
  exit.setGate(gate);
  let came = 0;
  exit.onDatagram(5, () => {
    came += 1;
  });
  await clock.run(
    (async () => {
      for (let index = 0; index < 5; index++) client.sendDatagram(5, Buffer.alloc(300));
      await clock.sleep(1_000);
      t.deepEqual([came, gate.counted], [3, 900]);
    })(),
  );
});

test('the service by which a session is paid passes a closed gate, uncounted', async (t) => {
  const { clock, client, exit } = sessionPair('peer-message', {});
  const gate = new Allowance(0);
  exit.setGate(gate);
  await clock.run(
    (async () => {
      const stream = await client.connect('contract', 0);
      const seen = counting(stream);
      stream.write('quote');
      await clock.sleep(1_000);
      t.deepEqual([seen.bytes, gate.counted], [5, 0]);
    })(),
  );
});

test('both ends derive the same secret, another for each label, and another session another', (t) => {
  const { client, exit } = sessionPair('peer-message', {});
  t.deepEqual(client.exporter('payment'), exit.exporter('payment'));
  t.notDeepEqual(client.exporter('payment'), client.exporter('other'));
});
