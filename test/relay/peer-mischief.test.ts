/** A session over circuits whose relays drop, delay, reorder and alter what they should pass on. */
import test from 'ava';
import { decodePeerFrame, LAYERED_HEADER_BYTES } from '../../nodes/relay/carrier/peer-frame.ts';
import { Session } from '../../nodes/relay/session/session.ts';
import { seededRandom } from './fake-circuits.ts';
import { type PeerStation, peerLine, stationKey } from './peer-line.ts';
import { echo, readAll } from './session-pair.ts';
import { VirtualClock } from './virtual-clock.ts';

const BYTES = 1_500_000;
const [UP, DOWN, CHAINING, HASH] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2), Buffer.alloc(32, 3), Buffer.alloc(32)] as const;

/** What goes in at one end through an echo at the other, over three relays one of which does its worst. */
const through = async (mischief: (relay: PeerStation, random: () => number) => void): Promise<{ same: boolean; rejected: number }> => {
  const clock = new VirtualClock();
  const random = seededRandom(6);
  const sessions: Session[] = [];
  const stations = await peerLine(5, clock, random, 4, (index, unit) => sessions[index === 0 ? 0 : 1]?.receive(unit));
  return clock.run(
    (async () => {
      const circuit = await stations[0]!.carrier.open(stationKey(4));
      await circuit.send(Buffer.from('so that the far end has a circuit too'));
      await clock.sleep(1_000);
      const shared = { id: '0011223344556677', clock, onEnd: () => {} };
      const client = { send: UP, receive: DOWN, chaining: CHAINING, hash: HASH };
      const exit = { ...client, send: DOWN, receive: UP };
      const { back } = stations[4]!.received[0]!;
      sessions[0] = new Session({ ...shared, role: 'client', circuit, keys: client });
      sessions[1] = new Session({ ...shared, role: 'exit', circuit: back!, keys: exit, accept: echo });
      mischief(stations[2]!, () => random.float());
      const stream = await sessions[0].connect('echo', 7);
      const sent = Buffer.from(random.bytes(BYTES));
      stream.end(sent);
      const read = await readAll(stream);
      return { same: read.equals(sent), rejected: sessions[0].rejected + sessions[1].rejected };
    })(),
  );
};

const isUnit = (data: Uint8Array): boolean => decodePeerFrame(data).kind === 'data';

test('a relay that drops one unit in ten loses nobody a byte', async (t) => {
  const { same } = await through((relay, random) => {
    relay.loses = (data) => isUnit(data) && random() < 0.1;
  });
  t.true(same);
});

test('a relay that delays and reorders loses nobody a byte', async (t) => {
  const { same } = await through((relay, random) => {
    relay.delaysMs = (data) => (isUnit(data) ? Math.floor(random() * 300) : 0);
  });
  t.true(same);
});

test('a relay that alters one unit in ten, or gives it another number, is seen through, and loses nobody a byte', async (t) => {
  const { same, rejected } = await through((relay, random) => {
    relay.alters = (data) => {
      if (!isUnit(data) || random() > 0.1) return data;
      const at = random() < 0.5 ? LAYERED_HEADER_BYTES - 1 : LAYERED_HEADER_BYTES + Math.floor(random() * 20);
      return Uint8Array.from(data, (byte, index) => (index === at ? byte ^ 5 : byte));
    };
  });
  t.true(same);
  t.true(rejected > 0);
});
