/** What the exit's node is given while two clients of the line call it: their payments and onion messages, with every hello opened. */
import type { ExecutionContext } from 'ava';
import type { Network } from '../../nodes/node.ts';
import { KEYSEND_RECORD } from '../../nodes/relay/carrier/keysend.ts';
import { answerHello } from '../../nodes/relay/session/handshake.ts';
import { readUnit, UNIT } from '../../nodes/relay/wire/unit.ts';
import { seededRandom } from '../relay/fake-circuits.ts';

const EXIT = 'n4';

/** n0 and n1 call n4; in what came to n4 for either, neither its key nor a channel of its own stands anywhere. */
export const strangers =
  (carrier: 'keysend' | 'onion-message') =>
  async (t: ExecutionContext, network: Network): Promise<void> => {
    const exit = network.nodes.get(EXIT)!;
    for (const client of ['n0', 'n1']) {
      const over = new AbortController();
      const given: unknown[] = [];
      const units: Uint8Array[] = [];
      const listening = [
        each(await exit.receivedPayments(over), (payment) => {
          given.push(payment);
          units.push(...payment.records.filter(({ type }) => type === KEYSEND_RECORD).map(({ value }) => value));
        }),
        each(await exit.onionMessages(over), (message) => {
          given.push(message);
          units.push(message.value);
        }),
      ];
      {
        await using session = await network.relays.get(client)!.openSession({ exit: exit.publicKey, carrier });
        t.is(session.identity, 'anonymous');
        t.true((await session.ping()) > 0);
      }
      await network.clock.sleep(500);
      over.abort();
      await Promise.all(listening);
      t.true(units.length >= 2, `${units.length} units of ${client}`);

      const hellos = [];
      for (const unit of units) {
        const { kind, id, body } = readUnit(unit);
        t.not(kind, UNIT.named);
        if (kind === UNIT.hello) hellos.push(await answerHello(id, 'anonymous', body, exit, seededRandom(1)));
      }
      t.true(hellos.length >= 1);
      const text = hexed([given, hellos.map(({ hello, client: name }) => [hello, name])]);
      const { publicKey } = network.nodes.get(client)!;
      const own = (await network.nodes.get(client)!.channels()).map(({ id }) => id);
      t.true(own.length > 0);
      for (const secret of [publicKey.slice(2), ...own, ...own.map(scidHex)]) t.false(text.includes(secret), `${client}: ${secret}`);
    }
  };

const each = async <T>(items: AsyncIterable<T>, take: (item: T) => void): Promise<void> => {
  for await (const item of items) take(item);
};

const hex = (bytes: Uint8Array | readonly number[]): string => Buffer.from(bytes).toString('hex');

/** Bytes as hex, so that a key is found however it was written. */
export const hexed = (value: unknown): string =>
  JSON.stringify(value, (_, part) =>
    ArrayBuffer.isView(part) ? hex(part as Uint8Array) : part?.type === 'Buffer' ? hex(part.data) : part,
  );

/** BOLT 7's eight bytes of a short channel id: block, transaction, output. */
export const scidHex = (id: string): string => {
  const [block, transaction, output] = id.split('x').map(Number) as [number, number, number];
  return `${block.toString(16).padStart(6, '0')}${transaction.toString(16).padStart(6, '0')}${output.toString(16).padStart(4, '0')}`;
};
