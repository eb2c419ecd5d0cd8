/** Merkle trees as RFC 6962 §2.1 has them: leaves and nodes hash under different tags, so that neither passes for the other. */
import { createHash } from 'node:crypto';
import { FrameError } from '../wire/bytes.ts';

export const HASH_BYTES = 32;
/** 2^32 leaves. */
export const PROOF_HASHES_MAX = 32;

export const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

export const leafHash = (data: Uint8Array): Buffer => createHash('sha256').update(LEAF).update(data).digest();

/** MTH over leaves that are hashed already; the empty tree is SHA-256 of nothing. */
export const treeRoot = (leaves: readonly Uint8Array[]): Buffer => {
  if (leaves.length === 0) return sha256(Buffer.alloc(0));
  if (leaves.length === 1) return Buffer.from(leaves[0] as Uint8Array);
  const split = splitOf(leaves.length);
  return nodeHash(treeRoot(leaves.slice(0, split)), treeRoot(leaves.slice(split)));
};

/** PATH(m, D[n]): what is needed beside leaf `index` to come to the root, from the leaf upwards. */
export const auditPath = (leaves: readonly Uint8Array[], index: number): Buffer[] => {
  if (leaves.length <= 1) return [];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split ? [...auditPath(left, index), treeRoot(right)] : [...auditPath(right, index - split), treeRoot(left)];
};

/** The root that a leaf at `index` of `count` and its audit path lead to. @throws FrameError when the path has another length. */
export const rootFrom = (leaf: Uint8Array, index: number, count: number, path: readonly Uint8Array[]): Buffer => {
  if (index >= count) throw new FrameError(`leaf ${index} of a tree of ${count}`);
  // RFC 9162 §2.1.3.2: fn and sn walk up from the leaf and from the last leaf of the tree.
  let [fn, sn] = [index, count - 1];
  let hash: Buffer = Buffer.from(leaf);
  for (const sibling of path) {
    if (sn === 0) throw new FrameError('an audit path that is too long');
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(sibling, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else hash = nodeHash(hash, sibling);
    [fn, sn] = [half(fn), half(sn)];
  }
  if (sn !== 0) throw new FrameError('an audit path that is too short');
  return hash;
};

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer => createHash('sha256').update(NODE).update(left).update(right).digest();

/** The largest power of two below n. */
const splitOf = (count: number): number => 2 ** (Math.ceil(Math.log2(count)) - 1);

const half = (value: number): number => Math.floor(value / 2);
