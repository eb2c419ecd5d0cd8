/**
 * What the nodes on a blinded path read out of it (BOLT 4, "Route Blinding"), each with its own key. Worked out once for a path, when it
 * is first used: messages here carry no encrypted layers, so the simulator must know beforehand where one goes.
 */
import { createDecipheriv, createHash, createHmac } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { BlindedPath } from '../node.ts';
import type { SimulatedLnd } from './lnd.ts';

const NEXT_NODE_ID = 4;
const NEXT_PATH_KEY_OVERRIDE = 8;
const TAG_BYTES = 16;

const known = new WeakMap<BlindedPath, readonly (string | null)[]>();

/** Public keys after the introduction node; null at the end where a node cannot read its part and drops the message. */
export function unblinded(path: BlindedPath, byKey: (publicKey: string) => SimulatedLnd | undefined): readonly (string | null)[] {
  const found = known.get(path) ?? follow(path, byKey);
  known.set(path, found);
  return found;
}

function follow({ introduction, pathKey: first, hops }: BlindedPath, byKey: (publicKey: string) => SimulatedLnd | undefined) {
  const ahead: (string | null)[] = [];
  let at = introduction;
  let pathKey = first;
  for (const { encrypted } of hops.slice(0, -1)) {
    const step = read(byKey(at), pathKey, encrypted);
    ahead.push(step?.next ?? null);
    if (step === null) break;
    ({ next: at, pathKey } = step);
  }
  return ahead;
}

function read(node: SimulatedLnd | undefined, pathKey: Uint8Array, encrypted: Uint8Array): { next: string; pathKey: Uint8Array } | null {
  if (node === undefined) return null;
  try {
    const secret = node.key.ecdh(Buffer.from(pathKey).toString('hex'));
    const records = tlvStream(open(createHmac('sha256', 'rho').update(secret).digest(), encrypted));
    const next = records.get(NEXT_NODE_ID);
    if (next === undefined) return null;
    const blinding = createHash('sha256').update(pathKey).update(secret).digest('hex');
    const derived = () =>
      secp256k1.Point.fromBytes(pathKey)
        .multiply(BigInt(`0x${blinding}`))
        .toBytes(true);
    return { next: next.toString('hex'), pathKey: records.get(NEXT_PATH_KEY_OVERRIDE) ?? derived() };
  } catch {
    return null;
  }
}

function open(key: Uint8Array, sealed: Uint8Array): Buffer {
  const decipher = createDecipheriv('chacha20-poly1305', key, Buffer.alloc(12), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const plaintext = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES));
  decipher.final();
  return plaintext;
}

/** Types and lengths below 253, as every record of a blinded hop has them. */
function tlvStream(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const records = new Map<number, Buffer>();
  for (let at = 0; at + 2 <= bytes.length; ) {
    const [type, length] = [bytes[at] as number, bytes[at + 1] as number];
    records.set(type, bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return records;
}
