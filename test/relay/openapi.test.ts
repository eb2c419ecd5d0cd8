import test from 'ava';
import { z } from 'zod';
import type { RelayClient } from '../../nodes/node.ts';
import { openApi } from '../../nodes/relay/serve/api.ts';
import { fakeRelay, fakeServed } from './fake-relay.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security?: readonly Record<string, readonly string[]>[];
  readonly parameters?: readonly { in: string; name: string; required: boolean; schema: object; example?: string }[];
  readonly requestBody?: { readonly content: Record<string, { schema: object; example?: unknown }> };
  readonly responses: Record<string, { description: string; content?: Record<string, { schema: { properties?: object } }> }>;
}

interface Document {
  readonly openapi: string;
  readonly info: { title: string; version: string };
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly securitySchemes: Record<string, object> };
  readonly security: readonly Record<string, readonly string[]>[];
}

const token = 'b'.repeat(64);
const authorization = `Bearer ${token}`;

const opened = async (relay: RelayClient = fakeRelay()) => {
  const api = openApi(fakeServed(relay, token));
  const routes: string[] = [];
  api.addHook('onRoute', ({ method, url, schema }) => {
    for (const one of [method].flat()) if (one !== 'HEAD' && schema?.hide !== true) routes.push(`${one.toLowerCase()} ${url}`);
  });
  await api.ready();
  const document = (await api.inject({ url: '/openapi.json', headers: { host: '127.0.0.1' } })).json() as Document;
  return { api, document, routes };
};

const operations = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));

/** Every object inside, with where it stands. */
const walk = function* (value: unknown, at = '#'): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [at, value as Record<string, unknown>];
  for (const [key, inner] of Object.entries(value)) yield* walk(inner, `${at}/${key}`);
};

test('the document is OpenAPI 3.1: every operation named once, described, its path’s parameters declared, nothing left of 3.0', async (t) => {
  const { api, document } = await opened();
  t.regex(document.openapi, /^3\.1\.\d$/);
  t.truthy(document.info.title);
  t.truthy(document.info.version);
  t.deepEqual(document.components.securitySchemes, {
    bearer: { type: 'http', scheme: 'bearer', description: 'The token in the relay’s token file' },
  });
  t.deepEqual(document.security, [{ bearer: [] }]);
  const names = operations(document).map(({ operation }) => operation.operationId);
  t.is(new Set(names).size, names.length);
  for (const { path, method, operation } of operations(document)) {
    const at = `${method} ${path}`;
    t.true(/^\/[\w./{}-]+$/.test(path), path);
    t.truthy(operation.operationId, at);
    t.truthy(operation.summary, at);
    t.true(operation.tags.length > 0, at);
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
    t.deepEqual(
      declared.map(({ name }) => name),
      inPath as string[],
      at,
    );
    for (const { required, schema } of declared) t.true(required && typeof schema === 'object', at);
    for (const status of ['401', '409', '500']) t.true(status in operation.responses, `${at}: ${status}`);
    for (const [status, { description, content }] of Object.entries(operation.responses)) {
      t.regex(status, /^[1-5]\d\d$/);
      t.truthy(description, `${at} ${status}`);
      if (Number(status) >= 400) t.true('error' in (content?.['application/json']?.schema.properties ?? {}), `${at} ${status}`);
    }
    for (const requirement of operation.security ?? [])
      for (const name of Object.keys(requirement)) t.true(name in document.components.securitySchemes, at);
  }
  for (const [at, object] of walk(document)) {
    t.false('$ref' in object, `${at}: everything stands where it is used`);
    t.false('nullable' in object, `${at}: a type of its own in 3.1`);
    if ('type' in object && at.includes('/schema'))
      t.true(
        [object.type].flat().every((type) => /^(object|array|string|number|integer|boolean|null)$/.test(String(type))),
        at,
      );
  }
  await api.close();
});

test('every route stands in the document, and the document names no other', async (t) => {
  const { api, document, routes } = await opened();
  const documented = operations(document).map(({ path, method }) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`);
  t.deepEqual(documented.toSorted(), routes.toSorted());
  t.true(documented.length > 8);
  await api.close();
});

test('what the document shows as an example is understood, each body has one, and answers are as it says', async (t) => {
  const { api, document } = await opened();
  for (const { path, method, operation } of operations(document)) {
    const at = `${method} ${path}`;
    const url = path.replaceAll(/\{(\w+)\}/g, (_, name) =>
      encodeURIComponent(operation.parameters?.find((parameter) => parameter.name === name)?.example ?? 'missing'),
    );
    t.false(url.includes('missing'), `${at}: every parameter of the path has an example`);
    const body = operation.requestBody?.content['application/json']?.example;
    if (operation.requestBody !== undefined) t.truthy(body, `${at}: an example`);
    const { statusCode, payload } = await api.inject({
      method: method.toUpperCase() as 'GET',
      url,
      headers: { authorization, host: 'localhost:9500' },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    t.true([200, 409, '101' in operation.responses ? 426 : 200].includes(statusCode), `${at}: ${statusCode} ${payload}`);
    const promised = operation.responses[statusCode]?.content?.['application/json']?.schema ?? {};
    t.notThrows(
      () => z.fromJSONSchema(promised as Parameters<typeof z.fromJSONSchema>[0]).parse(JSON.parse(payload)),
      `${at}: ${statusCode} ${payload}`,
    );
  }
  await api.close();
});

test('pages of other origins can do nothing, even when their name resolves to this machine', async (t) => {
  const { api } = await opened();
  const status = async (headers: Record<string, string>) =>
    (await api.inject({ url: '/v1/node', headers: { authorization, ...headers } })).statusCode;
  t.is(await status({ host: '127.0.0.1:9500' }), 200);
  t.is(await status({ host: '[::1]:9500' }), 200);
  t.is(await status({ host: 'localhost:9500' }), 200);
  t.is(await status({ host: 'rebound.example:9500' }), 421);
  t.is(await status({ host: 'localhost.example' }), 421);
  t.is(await status({ host: '127.0.0.1:9500', origin: 'https://shop.example' }), 403);
  t.is(await status({ host: '127.0.0.1:9500', origin: 'null' }), 403);
  t.is(await status({ host: '127.0.0.1:9500', origin: 'http://127.0.0.1:9501' }), 403);
  const preflight = { method: 'OPTIONS' as const, url: '/v1/sessions', headers: { host: '127.0.0.1', origin: 'https://shop.example' } };
  const answer = await api.inject(preflight);
  t.is(answer.statusCode, 403);
  t.false('access-control-allow-origin' in answer.headers);
  t.is((await api.inject({ url: '/openapi.json', headers: { host: 'rebound.example' } })).statusCode, 421);
  t.is((await api.inject({ url: '/v1/nothing', headers: { host: '127.0.0.1', authorization } })).json().error, 'NotFound');
  await api.close();
});
