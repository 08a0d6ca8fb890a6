/**
 * `/openapi.json`: the API as programs read it. What it says of a request is made from the schema that checks
 * the request, and a test holds what it says of answers against answers.
 */
import type Router from '@koa/router';
import { z } from 'zod';
import { version } from '../../proto/version.js';
import type { Operation } from './operations.js';

/** What an operation takes and answers, by its name. */
type Described = Readonly<
  Record<
    string,
    Pick<Operation, 'summary' | 'parameters' | 'replies'> & {
      /** What requests call it, where that is not its name here: several go by one. */
      readonly operation?: string;
    }
  >
>;

/** One path and method: its operations by name, or the only one there is under an empty name. */
export interface Endpoint {
  readonly method: 'get' | 'post' | 'delete';
  /** As OpenAPI writes it, with parameters in braces. */
  readonly path: string;
  readonly summary: string;
  readonly operations: Described;
  /** The type of what it answers; JSON, where nothing is said. */
  readonly answersType?: string;
}

type Json = Readonly<Record<string, unknown>>;

/** Serves the document of these endpoints; it is made once. */
export function documentRoutes(router: Router, endpoints: readonly Endpoint[]): void {
  const document = openApiOf(endpoints);
  router.get('/openapi.json', (ctx) => {
    ctx.body = document;
  });
}

export function openApiOf(endpoints: readonly Endpoint[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const endpoint of endpoints) {
    (paths[endpoint.path] ??= {})[endpoint.method] = pathItem(endpoint);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'COPA',
      version,
      description:
        'System containers on many hosts as if they were one. Parameters may stand in the query, in a form or in JSON.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'This controller' }],
    security: [{}, { token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: schemaOf(z.object({ error: z.string() }), 'output') },
    },
  };
}

function pathItem({ method, path, summary, operations, answersType = 'application/json' }: Endpoint): Json {
  const names = Object.keys(operations).filter((name) => name !== '');
  const all = Object.values(operations);
  return {
    operationId: `${method}${path.replace(/[^A-Za-z]+(.)/g, (_, letter: string) => letter.toUpperCase()).replace(/[^A-Za-z]/g, '')}`,
    summary,
    description:
      names.map((name) => `- \`${name}\`: ${operations[name]?.summary ?? ''}`).join('\n') || summary,
    ...(method === 'post'
      ? { requestBody: requestBody(operations) }
      : { parameters: [...pathParameters(path), ...queryParameters(names, all)] }),
    responses: responses(all, answersType),
  };
}

function requestBody(operations: Described): Json {
  const oneOf = Object.entries(operations).map(([name, { parameters, summary, operation = name }]) => ({
    title: name,
    description: summary,
    ...schemaOf(parameters.extend({ operation: z.literal(operation) }), 'input'),
  }));
  const content = { schema: { oneOf } };
  return {
    required: true,
    content: { 'application/json': content, 'application/x-www-form-urlencoded': content },
  };
}

/** All operations' parameters at once: required is what each of them requires. */
function queryParameters(names: readonly string[], all: readonly Described[string][]): Json[] {
  const schemas = all.map(({ parameters }) => schemaOf(parameters, 'input'));
  const found = new Map<string, Json>();
  for (const { properties } of schemas) {
    for (const [name, schema] of Object.entries(properties as Record<string, Json>)) {
      // What is only tolerated, as old scripts send it, is not worth telling.
      if (name !== 'operation' && Object.keys(schema).length > 0) found.set(name, schema);
    }
  }
  const requires = (name: string) =>
    schemas.every(({ required }) => ((required ?? []) as string[]).includes(name));
  const operation = {
    name: 'operation',
    in: 'query',
    required: true,
    schema: { type: 'string', enum: names },
  };
  const others = [...found].map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: requires(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }));
  return [...(names.length > 0 ? [operation] : []), ...others];
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

const descriptions: Readonly<Record<string, string>> = { 202: 'Begun', 503: 'Not now' };

function responses(all: readonly Described[string][], type: string): Json {
  const byStatus = new Map<string, Json[]>();
  for (const { replies } of all) {
    for (const [status, schema] of Object.entries(replies)) {
      const known = byStatus.get(status) ?? [];
      const json = schemaOf(schema, 'output');
      if (!known.some((each) => JSON.stringify(each) === JSON.stringify(json))) known.push(json);
      byStatus.set(status, known);
    }
  }
  const error = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };
  return {
    ...Object.fromEntries(
      [...byStatus].map(([status, schemas]) => [
        status,
        {
          description: descriptions[status] ?? 'Done',
          content: { [type]: { schema: schemas.length === 1 ? (schemas[0] ?? {}) : { anyOf: schemas } } },
        },
      ]),
    ),
    '4XX': { description: 'Refused: nothing has changed', content: error },
    '5XX': { description: 'A host, etcd or the controller failed', content: error },
  };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  // The dialect is OpenAPI's own, and is not said again in each part.
  const entries = Object.entries(z.toJSONSchema(schema, { io, unrepresentable: 'any' }));
  return Object.fromEntries(entries.filter(([name]) => name !== '$schema'));
}
