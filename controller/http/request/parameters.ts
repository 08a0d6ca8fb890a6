/**
 * A request's parameters, wherever they stand: query string, form or JSON body, for GET and POST alike.
 *
 * The body is taken as text and read here, because what matters is lost in one parsed elsewhere: a name
 * given twice, and names like `__proto__`.
 */
import type { Context, Middleware } from 'koa';
import { HttpMethodEnum, koaBody } from 'koa-body';
import { z } from 'zod';
import { CopaError } from '../../../common/errors.js';
import { shown } from '../../../common/names.js';
import { memoizeByText, memoizeByObject } from '../../../common/async/memoize.js';
import { HttpError } from './http-error.js';

type Value = string | number | boolean | readonly string[];
export type Parameters = ReadonlyMap<string, Value>;

/** The parameters that may be a list of texts in a JSON body. In a query or a form such a list is JSON itself. */
const listNames: ReadonlySet<string> = new Set(['command']);

/** The longest body that is read. The longest sensible request has a tenth of it. */
const bodyBytesMax = 64 * 1024;

const shortBytesMax = 16 * 1024;

const jsonTypes = ['application/json', 'application/*+json'];
const formType = 'application/x-www-form-urlencoded';

const readText = koaBody({
  json: false,
  urlencoded: false,
  multipart: false,
  textTypes: [...jsonTypes, formType],
  textLimit: bodyBytesMax,
  parsedMethods: Object.values(HttpMethodEnum),
  onError: (error) => {
    throw bodyRefusal(error);
  },
});

/** An answer that is JSON text already, of something that many requests share. */
export class JsonText {
  /** A short text goes out in one piece with its head; a long one is not to be encoded anew for each. */
  readonly body: string | Buffer;
  readonly bytes: number;

  constructor(answer: unknown) {
    const text = JSON.stringify(answer);
    this.bytes = Buffer.byteLength(text);
    this.body = this.bytes > shortBytesMax ? Buffer.from(text) : text;
  }
}

export function answerText(ctx: Context, { body, bytes }: JsonText): void {
  ctx.set('Content-Type', 'application/json; charset=utf-8');
  ctx.body = body;
  ctx.length = bytes;
}

/** Reads the body as text into `ctx.request.body`; refuses what is neither JSON nor a form, nor UTF-8. */
export const readBody: Middleware = (ctx, next) => {
  if (!hasBody(ctx)) return next();
  const charset = ctx.request.charset.toLowerCase();
  const isReadable = ctx.is([...jsonTypes, formType]) && ['', 'utf-8', 'utf8', 'us-ascii'].includes(charset);
  if (!isReadable) {
    const type = ctx.get('content-type');
    throw new HttpError(
      415,
      `a body of type ${type ? shown(type) : '(none given)'} is not understood: send ${jsonTypes[0]} or ${formType}, in UTF-8`,
    );
  }
  return readText(ctx, next) as Promise<void>;
};

/** All parameters of a request. Throws `invalid_argument` naming the one that is not a single plain value. */
export function parametersOf(ctx: Context): Parameters {
  const body: unknown = ctx.request.body;
  if (typeof body !== 'string') return inQuery(ctx.querystring);
  return mergeParameters(ctx.querystring, body, ctx.is(jsonTypes) ? 'json' : 'form');
}

/** Whoever asks often asks the same. */
const inQuery = memoizeByText((query) => mergeParameters(query, '', 'form'), 512, 256);

/** The parameters of a query string and a body's text. */
export function mergeParameters(query: string, body: string, bodyType: 'json' | 'form'): Parameters {
  const parameters = new Map<string, Value>();
  const inBody = bodyType === 'json' ? jsonParameters(body) : new URLSearchParams(body);
  for (const [name, value] of [...new URLSearchParams(query), ...inBody]) {
    if (parameters.has(name)) throw refused(`parameter ${shown(name)} is given more than once`);
    parameters.set(name, value);
  }
  return parameters;
}

/** Checks parameters against what an operation takes. Throws `invalid_argument` naming each one at fault. */
export function checkParameters<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  parameters: Parameters,
): z.output<z.ZodObject<Shape>> {
  return checkedBy(schema)(parameters) as z.output<z.ZodObject<Shape>>;
}

const checkedBy = memoizeByObject((schema: z.ZodObject) =>
  memoizeByObject((parameters: Parameters) => checked(schema, parameters)),
);

function checked(schema: z.ZodObject, parameters: Parameters): object {
  const parsed = schema.safeParse(Object.fromEntries(parameters));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const known = Object.keys(schema.shape).join(', ');
      const unknown = issue.keys.map((name) => shown(name)).join(', ');
      return `unknown parameter ${unknown}: known here are ${known || 'none'}`;
    }
    const name = String(issue.path[0]);
    if (!parameters.has(name)) return `parameter "${name}" is missing`;
    return `${name} ${shown(parameters.get(name))} is not valid: ${issue.message}`;
  });
  throw refused(problems.join('; '));
}

/** The operation that is asked for. Throws `invalid_argument` listing those that there are. */
export function operationOf<Name extends string>(parameters: Parameters, names: readonly Name[]): Name {
  const operation = parameters.get('operation');
  const known = names.find((name) => name === operation);
  if (known !== undefined) return known;
  const what =
    operation === undefined ? 'parameter "operation" is missing' : `unknown operation ${shown(operation)}`;
  throw refused(`${what}: it is one of ${names.join(', ')}`);
}

/** A parameter that is text. */
export const text = z.string('text is expected');

/** A documented parameter that the operation at hand has no use for: old scripts send their whole dictionary. */
export const unused = z.unknown().optional();

/** A whole number, as JSON's or as text. */
export function wholeNumber(min: number, max: number) {
  const rule = `a whole number from ${min} to ${max} is expected`;
  return z
    .union([z.int(), z.stringFormat('digits', /^[0-9]{1,15}$/).transform(Number)], rule)
    .refine((value) => value >= min && value <= max, rule);
}

/** Yes or no, as JSON's or as text. */
export const flag = z.union(
  [z.boolean(), z.stringbool({ truthy: ['true', '1'], falsy: ['false', '0'] })],
  'true or false is expected',
);

function jsonParameters(body: string): [string, Value][] {
  if (body.trim() === '') return [];
  const parsed = parseJson(body);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw refused('the JSON body must be an object from parameter to value');
  }
  const parameters = Object.entries(parsed as Record<string, unknown>).map(
    ([name, value]): [string, Value] => {
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
        return [name, value];
      if (listNames.has(name) && isTextList(value)) return [name, value];
      throw refused(`parameter ${shown(name)} must be a plain value, not ${kindOf(value)}`);
    },
  );
  // JSON.parse keeps the last of two. In an object of plain values and lists of such, a string before a colon
  // is a name.
  const names = [...body.matchAll(/"(?:[^"\\]|\\.)*"\s*(:?)/g)].filter((match) => match[1] === ':');
  if (names.length !== parameters.length)
    throw refused('a parameter is given more than once in the JSON body');
  return parameters;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new CopaError('invalid_argument', `the body is not valid JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : 'an object';
}

function hasBody(ctx: Context): boolean {
  return ctx.get('transfer-encoding') !== '' || Number(ctx.get('content-length') || 0) > 0;
}

/** raw-body's and zlib's errors, of which the latter know no status. */
function bodyRefusal(error: Error & { status?: number; code?: string }): HttpError {
  switch (error.status) {
    case 413:
      return new HttpError(413, `the body is longer than ${bodyBytesMax} bytes`, { cause: error });
    case 415:
      return new HttpError(415, error.message, { cause: error });
    default:
      return new HttpError(400, `the body cannot be read: ${error.message}`, { cause: error });
  }
}

function refused(message: string): CopaError {
  return new CopaError('invalid_argument', message);
}
