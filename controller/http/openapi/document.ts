/**
 * `/openapi.json`: the API for programs. Requests are described by the schemas that check them, and the tests check
 * each answer that they get against the description of answers.
 *
 * Each operation's request and reply has a name of its own, so that generated types show which reply belongs to which
 * request. A schema that several operations share has the name (`id`) that it gives itself.
 */
import type Router from '@koa/router';
import { z } from 'zod';
import { errorCodeHeader, errorCodes } from '../../../common/errors.js';
import { version } from '../../../common/version.js';
import type { Operation } from './operations.js';

/** Operations by name. */
type Described = Readonly<
  Record<
    string,
    Pick<Operation, 'summary' | 'parameters' | 'replies'> & {
      /** The value of the parameter `operation`, where it is not the name here: several operations share one. */
      readonly operation?: string;
    }
  >
>;

/** One path and method: its operations by name, or the only one there is under an empty name. */
export interface Endpoint {
  readonly method: 'get' | 'post' | 'delete';
  /** In OpenAPI's notation, with parameters in braces. */
  readonly path: string;
  /** Its operation id. */
  readonly id: string;
  /** The first part of its operations' names. */
  readonly noun?: string;
  readonly summary: string;
  /** Longer than the summary; a list of the operations by default. */
  readonly description?: string;
  readonly operations: Described;
  /** The media type of the reply; JSON by default. */
  readonly replyType?: string;
  /** The media type of the same reply as text, if a parameter can ask for that. */
  readonly textType?: string;
  /** Named schemas that only the reply's content refers to, as the events of a stream. */
  readonly schemas?: readonly z.ZodType[];
}

type Json = Readonly<Record<string, unknown>>;

/** Serves the document of these endpoints, which is made once. */
export function documentRoutes(router: Router, endpoints: readonly Endpoint[]): void {
  const document = openApiOf(endpoints);
  router.get('/openapi.json', (ctx) => {
    ctx.body = document;
  });
}

export function openApiOf(endpoints: readonly Endpoint[]): Json {
  const components = new Components();
  components.add('Error', z.object({ error: z.string() }));
  const paths: Record<string, Record<string, Json>> = {};
  for (const endpoint of endpoints) {
    (paths[endpoint.path] ??= {})[endpoint.method] = pathItem(endpoint, components);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'COPA',
      version,
      description:
        'System containers on many hosts as if they were one. Parameters may be in the query, in a form or in JSON.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'This controller' }],
    security: [{}, { token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: components.schemas,
      headers: {
        ErrorCode: {
          description: 'The kind of failure, more precise than the status; only if it is known.',
          schema: { type: 'string', enum: errorCodes },
        },
      },
    },
  };
}

/** The named schemas. */
class Components {
  readonly schemas: Record<string, Json> = {};

  /** Adds a schema under this name, unless it has its own. Returns a reference to it. */
  add(name: string, schema: z.ZodType, io: 'input' | 'output' = 'output', more: Json = {}): Json {
    const json = this.of(schema, io);
    if (schema.meta()?.id !== undefined) return json;
    this.schemas[name] = { ...more, ...json };
    return { $ref: `#/components/schemas/${name}` };
  }

  /** A schema inline, with references to the named schemas in it. */
  of(schema: z.ZodType, io: 'input' | 'output'): Json {
    const text = JSON.stringify(z.toJSONSchema(schema, { io, unrepresentable: 'any' }));
    const { $defs = {}, ...json } = JSON.parse(
      text.replaceAll('"#/$defs/', '"#/components/schemas/'),
    ) as Json & { readonly $defs?: Readonly<Record<string, Json>> };
    Object.assign(this.schemas, $defs);
    // The dialect is OpenAPI's own, so no part needs to name it.
    return Object.fromEntries(Object.entries(json).filter(([name]) => name !== '$schema'));
  }
}

function pathItem(endpoint: Endpoint, components: Components): Json {
  const { method, path, id, summary, operations } = endpoint;
  const names = Object.keys(operations).filter((name) => name !== '');
  const all = Object.values(operations);
  const inPath = pathParameters(path);
  for (const each of endpoint.schemas ?? []) components.of(each, 'output');
  const list = names.map((name) => `- \`${name}\`: ${operations[name]?.summary ?? ''}`).join('\n');
  return {
    operationId: id,
    summary,
    description: endpoint.description ?? (list || summary),
    ...(method === 'post'
      ? {
          ...(inPath.length > 0 ? { parameters: inPath } : {}),
          requestBody: requestBody(endpoint, components),
        }
      : { parameters: [...inPath, ...queryParameters(names, all, components)] }),
    responses: responses(endpoint, components),
  };
}

/** The schema name of an operation, as `ContainerListSnapshots`. */
function nameOf({ id, noun = '' }: Endpoint, operation: string): string {
  const words = operation === '' ? id : `${noun}_${operation}`;
  return words.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase()).replaceAll('_', '');
}

function requestBody(endpoint: Endpoint, components: Components): Json {
  const oneOf = Object.entries(endpoint.operations).map(([name, { parameters, summary, operation = name }]) =>
    components.add(
      `${nameOf(endpoint, name)}Request`,
      operation === '' ? parameters : parameters.extend({ operation: z.literal(operation) }),
      'input',
      { title: name, description: summary },
    ),
  );
  const content = { schema: oneOf.length === 1 ? oneOf[0] : { oneOf } };
  return {
    required: true,
    content: { 'application/json': content, 'application/x-www-form-urlencoded': content },
  };
}

/** The parameters of all operations. One is required if every operation requires it. */
function queryParameters(
  names: readonly string[],
  all: readonly Described[string][],
  components: Components,
): Json[] {
  const schemas = all.map(({ parameters }) => components.of(parameters, 'input'));
  const found = new Map<string, Json>();
  for (const { properties } of schemas) {
    for (const [name, schema] of Object.entries(properties as Record<string, Json>)) {
      // Parameters that are only tolerated, because old scripts send them, are left out.
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

const descriptions: Readonly<Record<string, string>> = {
  101: 'Started: messages follow',
  202: 'Started',
  503: 'Not ready',
};

function responses(endpoint: Endpoint, components: Components): Json {
  const { operations, replyType: type = 'application/json', textType } = endpoint;
  const asText = textType === undefined ? {} : { [textType]: { schema: { type: 'string' } } };
  const byStatus = new Map<string, Json[]>();
  for (const [name, { replies }] of Object.entries(operations)) {
    for (const [status, schema] of Object.entries(replies)) {
      const known = byStatus.get(status) ?? [];
      byStatus.set(status, known);
      if (schema === noBody) continue;
      const isJson = type === 'application/json';
      const suffix = `Reply${status === '200' ? '' : status}`;
      const json = isJson
        ? components.add(`${nameOf(endpoint, name)}${suffix}`, schema)
        : components.of(schema, 'output');
      if (!known.some((each) => JSON.stringify(each) === JSON.stringify(json))) known.push(json);
    }
  }
  const error = {
    headers: { [errorCodeHeader]: { $ref: '#/components/headers/ErrorCode' } },
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  };
  return {
    ...Object.fromEntries(
      [...byStatus].map(([status, schemas]) => [
        status,
        {
          description: descriptions[status] ?? 'Done',
          ...(schemas.length === 0
            ? {}
            : {
                content: {
                  [type]: { schema: schemas.length === 1 ? schemas[0] : { anyOf: schemas } },
                  ...asText,
                },
              }),
        },
      ]),
    ),
    '4XX': { description: 'Refused: nothing has changed', ...error },
    // A websocket's handshake has no success but 101. Linters want a response outside 1xx, so this is the default.
    [byStatus.has('101') ? 'default' : '5XX']: {
      description: 'A host, etcd or the controller failed',
      ...error,
    },
  };
}

/** The schema of a reply without a body. */
export const noBody = z.void();
