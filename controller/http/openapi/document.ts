/**
 * `/openapi.json`: the API as programs read it. What it says of a request is made from the schema that checks
 * the request, and the tests hold each answer that they get against what it says of answers.
 *
 * Each operation's request and answer has a name of its own there, so that the types that are generated from it
 * tell which answer belongs to which request; what several share has the name (`id`) that its schema gives it.
 */
import type Router from '@koa/router';
import { z } from 'zod';
import { errorCodeHeader, errorCodes } from '../../../common/errors.js';
import { version } from '../../../common/version.js';
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
  /** The name of the whole, as programs call it. */
  readonly id: string;
  /** What its operations' names begin with. */
  readonly noun?: string;
  readonly summary: string;
  /** More than the summary, where the operations do not tell it all. */
  readonly description?: string;
  readonly operations: Described;
  /** The type of what it answers; JSON, where nothing is said. */
  readonly answersType?: string;
  /** What comes in what it answers, each with a name of its own. */
  readonly told?: readonly z.ZodType[];
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
        'System containers on many hosts as if they were one. Parameters may stand in the query, in a form or in JSON.',
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
          description: 'What kind of failure it is, more closely than the status; where it is known.',
          schema: { type: 'string', enum: errorCodes },
        },
      },
    },
  };
}

/** The schemas that have a name. */
class Components {
  readonly schemas: Record<string, Json> = {};

  /** Gives a schema a name, unless it has one of its own; returns what refers to it. */
  add(name: string, schema: z.ZodType, io: 'input' | 'output' = 'output', more: Json = {}): Json {
    const json = this.of(schema, io);
    if (schema.meta()?.id !== undefined) return json;
    this.schemas[name] = { ...more, ...json };
    return { $ref: `#/components/schemas/${name}` };
  }

  /** A schema as it stands where it is used; what has a name of its own is referred to. */
  of(schema: z.ZodType, io: 'input' | 'output'): Json {
    const text = JSON.stringify(z.toJSONSchema(schema, { io, unrepresentable: 'any' }));
    const { $defs = {}, ...json } = JSON.parse(
      text.replaceAll('"#/$defs/', '"#/components/schemas/'),
    ) as Json & { readonly $defs?: Readonly<Record<string, Json>> };
    Object.assign(this.schemas, $defs);
    // The dialect is OpenAPI's own, and is not said again in each part.
    return Object.fromEntries(Object.entries(json).filter(([name]) => name !== '$schema'));
  }
}

function pathItem(endpoint: Endpoint, components: Components): Json {
  const { method, path, id, summary, operations } = endpoint;
  const names = Object.keys(operations).filter((name) => name !== '');
  const all = Object.values(operations);
  for (const each of endpoint.told ?? []) components.of(each, 'output');
  const list = names.map((name) => `- \`${name}\`: ${operations[name]?.summary ?? ''}`).join('\n');
  return {
    operationId: id,
    summary,
    description: endpoint.description ?? (list || summary),
    ...(method === 'post'
      ? { requestBody: requestBody(endpoint, components) }
      : { parameters: [...pathParameters(path), ...queryParameters(names, all, components)] }),
    responses: responses(endpoint, components),
  };
}

/** What is made of an operation's name: `ContainerListSnapshots`. */
function nameOf({ id, noun = '' }: Endpoint, operation: string): string {
  const words = operation === '' ? id : `${noun}_${operation}`;
  return words.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase()).replaceAll('_', '');
}

function requestBody(endpoint: Endpoint, components: Components): Json {
  const oneOf = Object.entries(endpoint.operations).map(([name, { parameters, summary, operation = name }]) =>
    components.add(
      `${nameOf(endpoint, name)}Request`,
      parameters.extend({ operation: z.literal(operation) }),
      'input',
      { title: name, description: summary },
    ),
  );
  const content = { schema: { oneOf } };
  return {
    required: true,
    content: { 'application/json': content, 'application/x-www-form-urlencoded': content },
  };
}

/** All operations' parameters at once: required is what each of them requires. */
function queryParameters(
  names: readonly string[],
  all: readonly Described[string][],
  components: Components,
): Json[] {
  const schemas = all.map(({ parameters }) => components.of(parameters, 'input'));
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

const descriptions: Readonly<Record<string, string>> = {
  101: 'Begun: what comes now are messages',
  202: 'Begun',
  503: 'Not now',
};

function responses(endpoint: Endpoint, components: Components): Json {
  const { operations, answersType: type = 'application/json' } = endpoint;
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
            : { content: { [type]: { schema: schemas.length === 1 ? schemas[0] : { anyOf: schemas } } } }),
        },
      ]),
    ),
    '4XX': { description: 'Refused: nothing has changed', ...error },
    // A websocket's handshake knows no success but 101; linters want one that is none of HTTP's informations.
    [byStatus.has('101') ? 'default' : '5XX']: {
      description: 'A host, etcd or the controller failed',
      ...error,
    },
  };
}

/** In place of a reply's schema: it has no body. */
export const noBody = z.void();
