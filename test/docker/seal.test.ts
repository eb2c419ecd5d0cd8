/** Sealing a kept wallet anew, on bbolt pages made here; that LND opens what comes out is tested in kept-and-linked.test.ts. */
import { createHash, scryptSync } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import test from 'ava';
import { bboltLeaves } from '../../nodes/docker/kept/bbolt.ts';
import { sealCheaply } from '../../nodes/docker/kept/seal.ts';

const PAGE = 4096;
const N_AT = 64;
const N = 4096;

type Entries = Readonly<Record<string, Buffer>>;

/** As bbolt's page.go writes a leaf: header, elements, then each key followed by its value. */
function leafPage(entries: Entries, flags: readonly number[] = []): Buffer {
  const all = Object.entries(entries);
  const head = Buffer.alloc(16 + 16 * all.length);
  head.writeUInt16LE(2, 8);
  head.writeUInt16LE(all.length, 10);
  const data: Buffer[] = [];
  let end = head.length;
  all.forEach(([key, value], i) => {
    const element = 16 + 16 * i;
    [flags[i] ?? 0, end - element, key.length, value.length].forEach((word, at) => {
      head.writeUInt32LE(word, element + 4 * at);
    });
    data.push(Buffer.from(key, 'latin1'), value);
    end += key.length + value.length;
  });
  return Buffer.concat([head, ...data]);
}

function database(...pages: readonly Buffer[]): Buffer {
  const meta = Buffer.alloc(PAGE);
  [0xed0cdaed, 2, PAGE].forEach((word, i) => {
    meta.writeUInt32LE(word, 16 + 4 * i);
  });
  return Buffer.concat([meta, ...pages.map((page) => Buffer.concat([page, Buffer.alloc(PAGE - page.length)]))]);
}

const derived = (password: string, parameters: Buffer): Buffer =>
  scryptSync(password, parameters.subarray(0, 32), 32, { N: Number(parameters.readBigUInt64LE(N_AT)), r: 8, p: 1 });

/** As snacl marshals what a password's key is derived with. */
function parameters(password: string): Buffer {
  const bytes = Buffer.alloc(88, 7);
  [N, 8, 1].forEach((number, i) => {
    bytes.writeBigUInt64LE(BigInt(number), N_AT + 8 * i);
  });
  createHash('sha256').update(derived(password, bytes)).digest().copy(bytes, 32);
  return bytes;
}

function box(key: Buffer, content: number): Buffer {
  const nonce = Buffer.alloc(24, content);
  return Buffer.concat([nonce, xsalsa20poly1305(key, nonce).encrypt(Buffer.alloc(32, content))]);
}

const opened = (key: Buffer, sealed: Buffer): Uint8Array => xsalsa20poly1305(key, sealed.subarray(0, 24)).decrypt(sealed.subarray(24));

function wallet(publicPassword = 'public', privatePassword = 'hello'): Entries {
  const [mpub, mpriv] = [parameters(publicPassword), parameters(privatePassword)];
  const [ofPublic, ofPrivate] = [derived(publicPassword, mpub), derived(privatePassword, mpriv)];
  return { cpriv: box(ofPrivate, 1), cpub: box(ofPublic, 2), cscript: box(ofPrivate, 3), mpriv, mpub };
}

const leavesOf = (file: Buffer) => [...bboltLeaves(file)].filter((leaf) => leaf.size > 0);

/** What snacl does at a start: the key of the password, held against its digest, opens what it sealed. */
function unlocked(leaf: ReadonlyMap<string, Buffer>, master: string, password: string, sealed: string): Uint8Array {
  const stored = leaf.get(master)!;
  const key = derived(password, stored);
  if (!createHash('sha256').update(key).digest().equals(stored.subarray(32, 64))) throw new Error('invalid password');
  return opened(key, leaf.get(sealed)!);
}

test('the keys of a wallet and of its macaroons are the same after sealing, and cost a start no derivation to speak of', async (t) => {
  const enckey = parameters('hello');
  const inline = Buffer.concat([Buffer.alloc(16), leafPage(wallet())]);
  const file = database(
    leafPage({ main: inline, other: Buffer.from('value') }, [1, 0]),
    leafPage({ 0: box(derived('hello', enckey), 9), enckey }),
  );
  const bytes = file.length;
  t.is(await sealCheaply(file), 4);
  t.is(file.length, bytes);
  const [main, , macaroons] = leavesOf(file) as [Map<string, Buffer>, Map<string, Buffer>, Map<string, Buffer>];
  for (const [leaf, master, password, sealed, content] of [
    [main, 'mpub', 'public', 'cpub', 2],
    [main, 'mpriv', 'hello', 'cpriv', 1],
    [main, 'mpriv', 'hello', 'cscript', 3],
    [macaroons, 'enckey', 'hello', '0', 9],
  ] as const) {
    t.true(Number(leaf.get(master)!.readBigUInt64LE(N_AT)) < N);
    t.deepEqual(Buffer.from(unlocked(leaf, master, password, sealed)), Buffer.alloc(32, content));
  }
  const before = Buffer.from(file);
  t.is(await sealCheaply(file), 0, 'it is sealed already');
  t.deepEqual(file, before);
});

test('a wallet with a password of its own stays as it is', async (t) => {
  const file = database(leafPage(wallet('mine', 'mine too')));
  const before = Buffer.from(file);
  t.is(await sealCheaply(file), 0);
  t.deepEqual(file, before);
});

test('where one of the sealed keys is missing or does not open, none is sealed anew', async (t) => {
  const { cscript: _, ...partial } = wallet();
  const broken = wallet();
  broken.cpriv![30]! ^= 1;
  for (const entries of [partial, broken]) {
    const file = database(leafPage(entries));
    await sealCheaply(file);
    const [leaf] = leavesOf(file) as [Map<string, Buffer>];
    t.is(Number(leaf.get('mpriv')!.readBigUInt64LE(N_AT)), N);
    t.deepEqual(leaf.get('cpriv'), entries.cpriv);
  }
});

test('parameters beyond what LND uses are not derived, whatever a file says', async (t) => {
  const huge = wallet();
  huge.mpub!.writeBigUInt64LE(2n ** 40n, N_AT);
  huge.mpriv!.writeBigUInt64LE(2n ** 63n, N_AT);
  const file = database(leafPage(huge));
  t.is(await sealCheaply(file), 0);
});

test('what is no bbolt file, or one with lengths that point beyond it, holds nothing', (t) => {
  t.deepEqual([...bboltLeaves(Buffer.alloc(0))], []);
  t.deepEqual([...bboltLeaves(Buffer.from('SQLite format 3\0'.repeat(1_000)))], []);
  const lying = leafPage(wallet());
  lying.writeUInt32LE(0xffff_ffff, 16 + 12);
  t.deepEqual(leavesOf(database(lying)), []);
  const many = leafPage({});
  many.writeUInt16LE(0xffff, 10);
  t.notThrows(() => [...bboltLeaves(database(many))]);
});
