/**
 * Compares replies with the OpenAPI document. The tests' clients do this for every reply, so that no undocumented
 * reply is missed.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { openApiOf } from '../../controller/http/openapi/document.js';
import { describedEndpoints } from '../../controller/http/routes/endpoints.js';

interface Referring {
  readonly $ref?: string;
  readonly anyOf?: readonly Referring[];
}
interface Response {
  readonly content?: Readonly<Record<string, { readonly schema: Referring }>>;
}
interface OpenApi {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, Response>> }>>>
  >;
}

export interface Answered {
  readonly method: string;
  /** With or without its query. */
  readonly path: string;
  /** The operation of the request, where the path has several. */
  readonly operation?: string | undefined;
  readonly status: number;
  readonly type: string;
  readonly body: unknown;
}

export const document = openApiOf(describedEndpoints()) as unknown as OpenApi;

const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(document, 'copa');
const made = new Map<string, ValidateFunction>();

/** Throws when a reply of the API does not match the document. Other replies are ignored. */
export function checkAnswer(answered: Answered): void {
  const { method, path, status, type, body } = answered;
  const plain = (path.split('?')[0] ?? '').replace(/\/$/, '');
  if (method === 'HEAD' || body === undefined || body === '') return;
  const template = Object.keys(document.paths).find((each) =>
    new RegExp(`^${each.replace(/\{\w+\}/g, '[^/]+')}$`).test(plain),
  );
  const responses = document.paths[template ?? '']?.[method.toLowerCase()]?.responses;
  if (!responses) {
    // A missing path has the common error reply.
    if (plain.startsWith('/REST/')) check('#/components/schemas/Error', body, `${method} ${plain}`);
    return;
  }
  const what = `${method} ${plain}, ${status}`;
  const response =
    responses[String(status)] ?? responses[`${String(status)[0] ?? ''}XX`] ?? responses['default'];
  const schema = response?.content?.[type.split(';')[0] ?? '']?.schema;
  if (!schema) throw new Error(`${what}: the document knows no such answer of type ${type}`);
  check(referenceTo(schema, answered.operation), body, what);
}

/** An event of the stream, as its data. */
export function checkEvent(data: unknown): void {
  check('#/components/schemas/Event', data, 'an event');
}

/** Of an operation's own reply, where the operation is known. */
function referenceTo(schema: Referring, operation: string | undefined): string | Referring {
  if (schema.$ref !== undefined || !schema.anyOf) return schema.$ref ?? schema;
  const words = `_${operation ?? ''}`.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const own = schema.anyOf.filter(({ $ref = '' }) => new RegExp(`/[A-Z][a-z]+${words}Reply$`).test($ref));
  return own.length === 1 ? (own[0]?.$ref ?? schema) : schema;
}

function check(schema: string | Referring, body: unknown, what: string): void {
  const key =
    typeof schema === 'string' ? `copa${schema}` : JSON.stringify(schema).replaceAll('"#/', '"copa#/');
  let validate = made.get(key);
  if (!validate) {
    validate = ajv.compile(typeof schema === 'string' ? { $ref: key } : (JSON.parse(key) as object));
    made.set(key, validate);
  }
  if (validate(body)) return;
  const reported = ajv.errorsText(validate.errors, { dataVar: 'it' });
  throw new Error(`${what} is not as the document says: ${reported}\n${JSON.stringify(body).slice(0, 2000)}`);
}
