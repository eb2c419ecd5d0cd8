/** The API described by itself: OpenAPI 3.1, made from the schemas that check its requests. */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import { PROBLEM } from './problem.ts';

/** The document's path; it tells nothing that the source does not, so it needs no token. */
export const OPENAPI_PATH = '/openapi.json';

export const OPENAPI: NonNullable<FastifyDynamicSwaggerOptions['openapi']> = {
  openapi: '3.1.0',
  info: {
    title: 'Leyden relay',
    version: '1',
    description:
      'A relay beside a Lightning node: sessions, messages, pages and payments through it. A wrong request is 400; what the world ' +
      'refused is 409, with the error’s name.',
  },
  components: {
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'The token in the relay’s token file' } },
  },
  security: [{ bearer: [] }],
};

interface Transformed {
  readonly schema: FastifySchema;
  readonly url: string;
}

type Described = { readonly [key in 'body' | 'params' | 'querystring']?: unknown } & { readonly response?: Record<string, unknown> };

/** For @fastify/swagger: zod's schemas as JSON Schema 2020-12, and the error answers that every route may give. */
export const describe = ({ schema, url }: { readonly schema: FastifySchema; readonly url: string }): Transformed => {
  if (schema === undefined || schema.hide === true) return { schema: { ...schema, hide: true }, url };
  const { body, params, querystring, response = {} } = schema as Described;
  const asked = Object.entries({ body, params, querystring }).filter(([, value]) => value !== undefined);
  const answers = Object.entries(response).map(([status, answer]) => [status, jsonSchema(answer, 'output')]);
  const described = {
    ...schema,
    ...Object.fromEntries(asked.map(([key, value]) => [key, jsonSchema(value, 'input')])),
    response: { ...Object.fromEntries(answers), ...errors(asked.length > 0, body !== undefined) },
  };
  return { schema: described, url };
};

const errors = (asksSomething: boolean, hasBody: boolean) => ({
  ...(asksSomething ? { 400: problem('The request is not understood') } : {}),
  401: problem('The token is missing or wrong'),
  409: problem('It could not be done; the error’s name says why'),
  ...(hasBody ? { 413: problem('The body is larger than this route takes') } : {}),
  500: problem('A bug of the relay’s'),
});

const problem = (description: string) => ({ ...(jsonSchema(PROBLEM, 'output') as object), description });

const jsonSchema = (schema: unknown, io: 'input' | 'output') =>
  schema instanceof z.ZodType ? z.toJSONSchema(schema, { io, target: 'draft-2020-12' }) : schema;
