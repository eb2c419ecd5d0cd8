/**
 * What a client and a site's relay say to each other on a stream of the service `pages`. Every message stands behind its length (4 B);
 * answers come in the order of the requests, of which many may be under way.
 *
 *     request := 1 · name · path                  the record of a name, and the manifest page that knows the path
 *              | 2 · root · path                  that page of a manifest which is known already
 *              | 3 · count · SHA-256 × count      chunks and lists: an answer for each
 *     answer  := 0 · bytes | 1 · reason (not here) | 2 · reason (refused)
 */
import { FrameError, Reader, Writer } from '../wire/bytes.ts';
import { CHUNK_BYTES, NAME_BYTES_MAX, PAGE_BYTES_MAX, PATH_BYTES_MAX } from './limits.ts';
import { decodeRecord, encodeRecord, type NameRecord } from './record.ts';
import { HASH_BYTES, PROOF_HASHES_MAX } from './tree.ts';

export type Request =
  | { readonly kind: 'open'; readonly name: string; readonly path: string }
  | { readonly kind: 'page'; readonly root: Buffer; readonly path: string }
  | { readonly kind: 'chunks'; readonly hashes: readonly Buffer[] };

export type Answer =
  | { readonly kind: 'found'; readonly bytes: Uint8Array }
  | { readonly kind: 'missing'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** A manifest page with what proves that it belongs to a root. */
export interface ProvenPage {
  readonly page: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** Chunks asked for with one request. */
export const HASHES_MAX = 64;
const REASON_BYTES_MAX = 200;
const KINDS = ['open', 'page', 'chunks'] as const;
const ANSWERS = ['found', 'missing', 'refused'] as const;

export const REQUEST_BYTES_MAX = 8 + Math.max(HASHES_MAX * HASH_BYTES, NAME_BYTES_MAX + PATH_BYTES_MAX + HASH_BYTES);
/** A chunk; a page with its proof and a record is smaller. */
export const ANSWER_BYTES_MAX = 1 + CHUNK_BYTES;

export const encodeRequest = (request: Request): Buffer => {
  const writer = new Writer(REQUEST_BYTES_MAX).uint(KINDS.indexOf(request.kind) + 1, 1);
  if (request.kind === 'open') writer.text(request.name).text(request.path);
  else if (request.kind === 'page') writer.bytes(request.root).text(request.path);
  else {
    writer.uint(request.hashes.length, 1);
    for (const hash of request.hashes) writer.bytes(hash);
  }
  return Buffer.from(writer.done());
};

/** @throws FrameError */
export const decodeRequest = (bytes: Uint8Array): Request => {
  const reader = new Reader(bytes);
  const kind = KINDS[reader.uint(1) - 1];
  const request = kind === undefined ? undefined : READ[kind](reader);
  if (request === undefined) throw new FrameError('a request that pages do not know');
  reader.end();
  return request;
};

const READ: Readonly<Record<Request['kind'], (reader: Reader) => Request>> = {
  open: (reader) => ({ kind: 'open', name: reader.text(NAME_BYTES_MAX), path: reader.text(PATH_BYTES_MAX) }),
  page: (reader) => ({ kind: 'page', root: reader.bytes(HASH_BYTES), path: reader.text(PATH_BYTES_MAX) }),
  chunks: (reader) => {
    const count = reader.uint(1);
    if (count === 0 || count > HASHES_MAX) throw new FrameError(`${count} chunks in one request: 1 to ${HASHES_MAX} expected`);
    return { kind: 'chunks', hashes: Array.from({ length: count }, () => reader.bytes(HASH_BYTES)) };
  },
};

export const encodeAnswer = (answer: Answer): Buffer =>
  Buffer.concat([
    Buffer.of(ANSWERS.indexOf(answer.kind)),
    answer.kind === 'found' ? answer.bytes : Buffer.from(answer.reason).subarray(0, REASON_BYTES_MAX),
  ]);

/** @throws FrameError */
export const decodeAnswer = (bytes: Uint8Array): Answer => {
  const reader = new Reader(bytes);
  const kind = ANSWERS[reader.uint(1)];
  if (kind === undefined) throw new FrameError('an answer that pages do not know');
  if (kind === 'found') return { kind, bytes: reader.rest() };
  const reason = reader.rest().subarray(0, REASON_BYTES_MAX).toString('utf8');
  return { kind, reason: reason.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ') };
};

/** page := count · hash × count · length · page */
export const encodeProvenPage = ({ page, proof }: ProvenPage): Buffer => {
  const writer = new Writer(1 + proof.length * HASH_BYTES + 4 + page.length).uint(proof.length, 1);
  for (const hash of proof) writer.bytes(hash);
  return Buffer.from(writer.varint(page.length).bytes(page).done());
};

/** @throws FrameError */
export const decodeProvenPage = (reader: Reader): ProvenPage => {
  const count = reader.uint(1);
  if (count > PROOF_HASHES_MAX) throw new FrameError(`an audit path of ${count} hashes`);
  const proof = Array.from({ length: count }, () => reader.bytes(HASH_BYTES));
  const length = reader.varint();
  if (length > PAGE_BYTES_MAX) throw new FrameError(`a manifest page of ${length} B`);
  const page = reader.bytes(length);
  reader.end();
  return { page, proof };
};

export const encodeOpened = (record: NameRecord, page: ProvenPage): Buffer => Buffer.concat([encodeRecord(record), encodeProvenPage(page)]);

/** @throws FrameError */
export const decodeOpened = (bytes: Uint8Array): { readonly record: NameRecord; readonly page: ProvenPage } => {
  const reader = new Reader(bytes);
  const record = decodeRecord(reader);
  return { record, page: decodeProvenPage(reader) };
};
