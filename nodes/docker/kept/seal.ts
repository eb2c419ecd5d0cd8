/**
 * LND derives three keys from its passwords at every start (btcwallet's snacl: scrypt with N = 2^18, about a second of a core each), which
 * is half of what a kept network takes to answer. The passwords of a wallet made by `noseedbackup` are public, so that the derivation
 * protects nothing: in a copy that is kept, what those keys seal is sealed anew with keys that are derived in no time.
 */
import { createHash, scrypt } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { bboltLeaves, type Leaf } from './bbolt.ts';

/** LND, lnwallet/config.go: DefaultPublicPassphrase and DefaultPrivatePassphrase. */
const PUBLIC_PASSWORD = 'public';
const PRIVATE_PASSWORD = 'hello';

/** Below an LND's data folder. */
export const SEALED_FILES = ['data/chain/bitcoin/regtest/wallet.db', 'data/chain/bitcoin/regtest/macaroons.db'] as const;

/** Salt, SHA-256 of the derived key, N, R and P as 64-bit little-endian numbers (snacl.SecretKey.Marshal). */
const PARAMETERS_BYTES = 88;
const [SALT_BYTES, DIGEST_BYTES, KEY_BYTES] = [32, 32, 32];
const N_AT = SALT_BYTES + DIGEST_BYTES;
/** Bounds before what a file says is believed: LND's own are 2^18, 8 and 1. */
const [N_MAX, R_MAX, P_MAX] = [2 ** 18, 8, 1];
const CHEAP_N = 16;
/** Nonce and tag of a secretbox around a key. */
const NONCE_BYTES = 24;
const SEALED_KEY_BYTES = NONCE_BYTES + 16 + KEY_BYTES;

/** Derived keys by password and parameters: pages that bbolt gave up hold the same again. */
type Derived = Map<string, { readonly dear: Uint8Array; readonly cheap: Uint8Array } | null>;

/**
 * Changes a wallet.db or macaroons.db in place; the number of values sealed anew. What does not open with LND's default passwords stays
 * as it is, and so does a file that is sealed cheaply already.
 */
export async function sealCheaply(file: Buffer): Promise<number> {
  const derived: Derived = new Map();
  let count = 0;
  for (const leaf of bboltLeaves(file)) {
    count += await reseal(leaf, 'mpub', PUBLIC_PASSWORD, ['cpub'], derived);
    count += await reseal(leaf, 'mpriv', PRIVATE_PASSWORD, ['cpriv', 'cscript'], derived);
    const rootKeys = [...leaf.keys()].filter((key) => key !== 'enckey');
    count += await reseal(leaf, 'enckey', PRIVATE_PASSWORD, rootKeys, derived);
  }
  return count;
}

/** All that the key seals or nothing: a leaf that holds only a part of it would be left with two keys. */
async function reseal(leaf: Leaf, master: string, password: string, sealed: readonly string[], derived: Derived): Promise<number> {
  const parameters = leaf.get(master);
  if (parameters?.length !== PARAMETERS_BYTES) return 0;
  const boxes = sealed.flatMap((key) => leaf.get(key) ?? []);
  if (boxes.length === 0 || boxes.length < sealed.length || boxes.some(({ length }) => length !== SEALED_KEY_BYTES)) return 0;
  const name = `${password}:${parameters.toString('hex')}`;
  if (!derived.has(name)) derived.set(name, await keysOf(parameters, password));
  const keys = derived.get(name);
  if (!keys) return 0;
  const anew = boxes.map((box) => resealed(box, keys.dear, keys.cheap));
  if (anew.some((box) => box === null)) return 0;
  boxes.forEach((box, i) => {
    box.set(anew[i]!);
  });
  createHash('sha256').update(keys.cheap).digest().copy(parameters, SALT_BYTES);
  parameters.writeBigUInt64LE(BigInt(CHEAP_N), N_AT);
  return boxes.length;
}

async function keysOf(parameters: Buffer, password: string): Promise<{ dear: Uint8Array; cheap: Uint8Array } | null> {
  const [N, r, p] = [0, 8, 16].map((offset) => Number(parameters.readBigUInt64LE(N_AT + offset))) as [number, number, number];
  if (N <= CHEAP_N || N > N_MAX || r > R_MAX || p > P_MAX) return null;
  const salt = parameters.subarray(0, SALT_BYTES);
  const dear = await derive(password, salt, { N, r, p });
  const digest = createHash('sha256').update(dear).digest();
  if (!digest.equals(parameters.subarray(SALT_BYTES, N_AT))) return null;
  return { dear, cheap: await derive(password, salt, { N: CHEAP_N, r, p }) };
}

function derive(password: string, salt: Buffer, { N, r, p }: { N: number; r: number; p: number }): Promise<Buffer> {
  // 128 N r bytes, and some for the blocks in the making.
  const maxmem = 128 * (N + 2 * p + 2) * r;
  return new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, { N, r, p, maxmem }, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

/** The nonce stays: it is used once with each of the two keys. */
function resealed(box: Buffer, dear: Uint8Array, cheap: Uint8Array): Buffer | null {
  const nonce = box.subarray(0, NONCE_BYTES);
  try {
    const content = xsalsa20poly1305(dear, nonce).decrypt(box.subarray(NONCE_BYTES));
    return Buffer.concat([nonce, xsalsa20poly1305(cheap, nonce).encrypt(content)]);
  } catch {
    return null;
  }
}
