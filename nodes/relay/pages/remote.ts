/** The pages of a relay in another process, over its API. */
import { InfrastructureError, SessionError } from '../../errors.ts';
import type { PageAnswer, PageRequest, PublishedSite, RelayPages, SiteUpload, Waiting } from '../../node.ts';
import { errorOf, type Problem } from '../serve/problem.ts';
import { publishSite } from './build.ts';

/** One call of the API that answers JSON. */
export type CallJson = <T>(method: 'GET' | 'POST' | 'DELETE', path: string, waiting?: Waiting, body?: object) => Promise<T>;
/** One that answers bytes; what is not 2xx was thrown as the error it names. */
export type CallBytes = (path: string, waiting: Waiting, body: object) => Promise<Response>;

/** Of the answer to a read: everything of a PageAnswer but its bytes. */
export const PAGE_HEADER = 'leyden-page';
/** The read's id, under which its failure stands when the bytes end early. */
export const READ_HEADER = 'leyden-read';

export const remotePages = (call: CallJson, bytes: CallBytes, gatewayPort: number | null): RelayPages => {
  const upload = (id: string): SiteUpload => remoteUpload(id, call);
  const begin = async (name: string, waiting?: Waiting) => {
    const { id } = await call<{ id: string }>('POST', '/v1/pages/uploads', waiting, { name });
    return upload(id);
  };
  return {
    begin,
    upload,
    publish: async (request) => publishSite(await begin(request.name ?? '', request), request),
    sites: (waiting) => call<readonly PublishedSite[]>('GET', '/v1/pages/sites', waiting),
    async get({ signal, ...request }) {
      const response = await bytes('/v1/pages/read', { signal }, request satisfies Omit<PageRequest, 'signal'>);
      const meta = JSON.parse(decodeURIComponent(response.headers.get(PAGE_HEADER) ?? 'null')) as Omit<PageAnswer, 'body'>;
      return { ...meta, body: bodyOf(response, meta.bytes, call, signal) };
    },
    browseOver: async (carrier, waiting) => {
      await call('POST', '/v1/pages/gateway', waiting, carrier);
    },
    gatewayPort,
  };
};

const remoteUpload = (id: string, call: CallJson): SiteUpload => {
  const path = `/v1/pages/uploads/${id}`;
  return {
    id,
    missing: async (hashes, waiting) => (await call<{ hashes: string[] }>('POST', `${path}/lacking`, waiting, { hashes })).hashes,
    async chunks(chunks, waiting) {
      await call('POST', `${path}/chunks`, waiting, { chunks: chunks.map(base64) });
    },
    async page(page, waiting) {
      await call('POST', `${path}/pages`, waiting, { page: base64(page) });
    },
    publish: (waiting) => call<PublishedSite>('POST', `${path}/publish`, waiting),
    async cancel() {
      await call('DELETE', path);
    },
  };
};

async function* bodyOf(response: Response, bytes: number, call: CallJson, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  let read = 0;
  try {
    for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      read += piece.length;
      yield piece;
    }
  } catch (cause) {
    signal?.throwIfAborted();
    throw await failureOf(response, call, cause);
  }
  if (read !== bytes) throw await failureOf(response, call, undefined);
}

/** The connection only breaks off; why, the relay says when it is asked. */
const failureOf = async (response: Response, call: CallJson, cause: unknown): Promise<Error> => {
  const id = response.headers.get(READ_HEADER) ?? '';
  const { failure } = await call<{ failure: Problem | null }>('GET', `/v1/pages/reads/${id}`);
  if (failure !== null) return errorOf(failure);
  return cause instanceof Error
    ? new InfrastructureError('the relay broke off in the middle of a file', { cause })
    : new SessionError('the relay ended a file before its end');
};

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
