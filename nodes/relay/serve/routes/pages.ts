/** Sites that the relay publishes, brought in bounded pieces, and files of others' sites as they are read. */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { z } from 'zod';
import type { PageCarrier, PageRequest, PublishedSite } from '../../../node.ts';
import { BROUGHT_MAX } from '../../pages/build.ts';
import { CHUNK_BYTES, PAGE_BYTES_MAX } from '../../pages/limits.ts';
import { PAGE_HEADER, READ_HEADER } from '../../pages/remote.ts';
import { type Problem, problemOf } from '../problem.ts';
import { gone, type Routes } from '../route.ts';
import { CARRIER, COUNT, exampleKey, NOTHING, ONION_BYTES } from '../schemas.ts';

const HASHES_MAX = 1_024;
const BASE64 = 4 / 3;
/** Failures of reads that are remembered. */
const FAILURES_MAX = 64;
const EMPTY_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const HASH = z.string().regex(/^[0-9a-f]{64}$/);
const bytes = (max: number) => z.base64().max(Math.ceil(max * BASE64) + 4);

const SITE: z.ZodType<PublishedSite> = z
  .strictObject({ name: z.string(), root: HASH, pages: COUNT, files: COUNT, bytes: COUNT, sequence: COUNT })
  .meta({ description: 'A site as it is published: Merkle root of its manifest, and a sequence number that only grows' });

const BEGIN = z.strictObject({ name: z.string().max(63) }).meta({ examples: [{ name: 'blog' }] });
const UPLOAD_ID = z
  .string()
  .regex(/^[0-9a-f]{16}$/)
  .meta({ examples: ['00112233445566ff'] });
const BY_ID = z.strictObject({ id: UPLOAD_ID });
const MISSING = z.strictObject({ hashes: z.array(HASH).max(HASHES_MAX) }).meta({ examples: [{ hashes: [EMPTY_HASH] }] });
const CHUNKS = z.strictObject({ chunks: z.array(bytes(CHUNK_BYTES)).max(BROUGHT_MAX) }).meta({ examples: [{ chunks: ['bGV5ZGVu'] }] });
const PAGE = z.strictObject({ page: bytes(PAGE_BYTES_MAX) }).meta({ examples: [{ page: 'AQA=' }] });

const carrier = { carrier: CARRIER, onionBytesMax: ONION_BYTES.exactOptional(), identity: z.enum(['anonymous', 'named']).exactOptional() };
const BROWSING: z.ZodType<PageCarrier> = z.strictObject(carrier).meta({ examples: [{ carrier: 'peer-message' }] });

const READ: z.ZodType<Omit<PageRequest, 'signal'>> = z
  .strictObject({
    ...carrier,
    carrier: CARRIER.exactOptional(),
    url: z.string().max(4_096),
    range: z.strictObject({ first: COUNT, last: COUNT.exactOptional() }).exactOptional(),
    from: z.enum(['warm', 'cold']).exactOptional(),
    nameAgeMs: z.number().min(0).exactOptional(),
    bytesMax: COUNT.exactOptional(),
  })
  .meta({ examples: [{ url: `leyden://${exampleKey}/index.html`, carrier: 'peer-message' }] });

const FILE = {
  description: `The file's bytes; header ${PAGE_HEADER} has the rest as percent-encoded JSON, ${READ_HEADER} the id of the read`,
  content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
};

const FAILURE = z
  .strictObject({ failure: z.looseObject({ error: z.string(), message: z.string() }).nullable() })
  .meta({ description: 'Why the bytes of a read ended early; null where they did not' });

const tags = ['pages'];

export const pageRoutes: Routes = (api, { relay: { pages } }) => {
  const failures = new Map<string, Problem>();
  const failed = (id: string, error: unknown): void => {
    failures.set(id, problemOf(error).body);
    const [oldest] = failures.keys();
    if (failures.size > FAILURES_MAX && oldest !== undefined) failures.delete(oldest);
  };

  api.get(
    '/v1/pages/sites',
    {
      schema: {
        operationId: 'sites',
        tags,
        summary: 'What this relay publishes',
        response: { 200: z.array(SITE).meta({ description: 'By name' }) },
      },
    },
    () => pages.sites(),
  );
  api.post(
    '/v1/pages/uploads',
    {
      schema: {
        operationId: 'beginUpload',
        tags,
        summary: 'Begin to bring a site',
        description: 'Chunks, then the manifest’s pages, then publish. Until then nothing is changed; an idle upload is forgotten.',
        body: BEGIN,
        response: { 200: BY_ID.meta({ description: 'Under way' }) },
      },
    },
    async ({ body }) => ({ id: (await pages.begin(body.name)).id }),
  );
  api.post(
    '/v1/pages/uploads/:id/lacking',
    {
      bodyLimit: HASHES_MAX * 70 + 1_024,
      schema: {
        operationId: 'missingChunks',
        tags,
        summary: 'Which chunks are not here yet',
        params: BY_ID,
        body: MISSING,
        response: { 200: MISSING.meta({ description: 'To be brought' }) },
      },
    },
    async ({ params, body }) => ({ hashes: await pages.upload(params.id).missing(body.hashes) }),
  );
  api.post(
    '/v1/pages/uploads/:id/chunks',
    {
      bodyLimit: BROUGHT_MAX * Math.ceil(CHUNK_BYTES * BASE64 + 8) + 1_024,
      schema: { operationId: 'bringChunks', tags, summary: 'Bring chunks', params: BY_ID, body: CHUNKS, response: { 200: NOTHING } },
    },
    async ({ params, body }) => {
      await pages.upload(params.id).chunks(body.chunks.map((chunk) => Buffer.from(chunk, 'base64')));
      return {};
    },
  );
  api.post(
    '/v1/pages/uploads/:id/pages',
    {
      bodyLimit: Math.ceil(PAGE_BYTES_MAX * BASE64) + 1_024,
      schema: {
        operationId: 'bringPage',
        tags,
        summary: 'Bring the next page of the manifest',
        params: BY_ID,
        body: PAGE,
        response: { 200: NOTHING },
      },
    },
    async ({ params, body }) => {
      await pages.upload(params.id).page(Buffer.from(body.page, 'base64'));
      return {};
    },
  );
  api.post(
    '/v1/pages/uploads/:id/publish',
    {
      schema: {
        operationId: 'publish',
        tags,
        summary: 'Publish what was brought, signed by the node',
        params: BY_ID,
        response: { 200: SITE },
      },
    },
    ({ params }, reply) => pages.upload(params.id).publish({ signal: gone(reply) }),
  );
  api.delete(
    '/v1/pages/uploads/:id',
    { schema: { operationId: 'cancelUpload', tags, summary: 'Give an upload up', params: BY_ID, response: { 200: NOTHING } } },
    async ({ params }) => {
      await pages.upload(params.id).cancel();
      return {};
    },
  );
  api.post(
    '/v1/pages/read',
    { schema: { operationId: 'readPage', tags, summary: 'Read a file of a site', body: READ, response: { 200: FILE } } },
    async ({ body }, reply) => {
      const id = randomBytes(8).toString('hex');
      const { body: content, ...page } = await pages.get({ ...body, signal: gone(reply) });
      const stream = Readable.from(content, { objectMode: false });
      stream.on('error', (error) => failed(id, error));
      return reply
        .header('content-type', 'application/octet-stream')
        .header('content-length', page.bytes)
        .header(PAGE_HEADER, encodeURIComponent(JSON.stringify(page)))
        .header(READ_HEADER, id)
        .send(stream);
    },
  );
  api.get(
    '/v1/pages/reads/:id',
    { schema: { operationId: 'readFailure', tags, summary: 'Why a read ended early', params: BY_ID, response: { 200: FAILURE } } },
    ({ params }) => ({ failure: failures.get(params.id) ?? null }),
  );
  api.post(
    '/v1/pages/gateway',
    {
      schema: {
        operationId: 'browseOver',
        tags,
        summary: 'Choose the carrier that the gateway for browsers fetches over',
        body: BROWSING,
        response: { 200: NOTHING },
      },
    },
    async ({ body }) => {
      await pages.browseOver(body);
      return {};
    },
  );
};
