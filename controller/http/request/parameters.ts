/**
 * A request's parameters, from the query string and from a form or JSON body, for GET and POST alike.
 *
 * The body is text that is parsed here. Other parsers lose what matters: a name that is given twice, and names
 * like `__proto__`.
 */
import type { Context } from 'koa';
import { z } from 'zod';
import { CopaError } from '../../../common/errors.js';
import { shown } from '../../../common/names.js';
import { memoizeByText, memoizeByObject } from '../../../common/async/memoize.js';
import { rowsMax } from '../../../common/measurements.js';
import { isJson } from './body.js';
import { stateOf, type Parameters, type ParameterValue } from './state.js';

/** The parameters that may be a list of texts in a JSON body. In a query or a form, such a list is JSON text. */
const listNames: ReadonlySet<string> = new Set(['command']);

/**
 * All parameters of a request; they are parsed once. Throws `invalid_argument` naming the one that is not a single
 * plain value.
 */
export function parametersOf(ctx: Context): Parameters {
  const state = stateOf(ctx);
  return (state.parameters ??= parse(ctx));
}

function parse(ctx: Context): Parameters {
  const body: unknown = ctx.request.body;
  if (typeof body !== 'string') return parametersInQuery(ctx.querystring);
  return mergeParameters(ctx.querystring, body, isJson(ctx) ? 'json' : 'form');
}

/**
 * The parameters of each object of a JSON list in the body, together with those of the query. Any other request has one
 * set of parameters.
 */
export function parameterListOf(ctx: Context): readonly Parameters[] {
  const body: unknown = ctx.request.body;
  if (typeof body !== 'string' || !/^\s*\[/.test(body) || !isJson(ctx)) return [parametersOf(ctx)];
  return (stateOf(ctx).parameterList ??= parseList(ctx.querystring, body));
}

function parseList(query: string, body: string): readonly Parameters[] {
  const list = parseJson(body) as unknown[];
  if (list.length > rowsMax)
    throw refused(`the JSON list has ${list.length} entries, and ${rowsMax} is the limit`);
  const entries = list.map((each) => plainValuesIn(each, 'each entry of the JSON list'));
  checkNames(body, list);
  return entries.map((values) => merged([...new URLSearchParams(query), ...values]));
}

/** Clients repeat the same requests, so the result is kept. */
const parametersInQuery = memoizeByText((query) => mergeParameters(query, '', 'form'), 512, 256);

/** The parameters of a query string and a body's text. */
export function mergeParameters(query: string, body: string, bodyType: 'json' | 'form'): Parameters {
  const inBody = bodyType === 'json' ? jsonParameters(body) : new URLSearchParams(body);
  return merged([...new URLSearchParams(query), ...inBody]);
}

function merged(given: readonly (readonly [string, ParameterValue])[]): Parameters {
  const parameters = new Map<string, ParameterValue>();
  for (const [name, value] of given) {
    if (parameters.has(name)) throw refused(`parameter ${shown(name)} is given more than once`);
    parameters.set(name, value);
  }
  return parameters;
}

/** Checks parameters by an operation's schema. Throws `invalid_argument` naming each one at fault. */
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

/** The parameter `operation`. Throws `invalid_argument` listing the valid ones. */
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

/** A documented parameter that this operation ignores: old scripts send all parameters with each request. */
export const unused = z.unknown().optional();

/** A whole number, as JSON's or as text. */
export function wholeNumber(min: number, max: number) {
  const rule = `a whole number from ${min} to ${max} is expected`;
  return z
    .union([z.int(), z.stringFormat('digits', /^[0-9]{1,15}$/).transform(Number)], rule)
    .refine((value) => value >= min && value <= max, rule);
}

const msOf: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** A time in milliseconds, from text with a unit (500ms, 2s, 1m); a plain number is seconds. */
export function time(minMs: number, maxMs: number) {
  const rule = `a time from ${minMs}ms to ${maxMs / 1000}s is expected, as 500ms, 2s or 1m`;
  const timeText = z.stringFormat('time', /^[0-9]{1,9}(?:\.[0-9]{1,3})?(?:ms|s|m)?$/);
  return z
    .union([z.number(), timeText], rule)
    .transform((value) => {
      const [, number = '', unit = 's'] = /^([0-9.]+)([a-z]+)?$/.exec(String(value)) ?? [];
      return Math.round(Number(number) * (msOf[unit] ?? NaN));
    })
    .refine((ms) => ms >= minMs && ms <= maxMs, rule);
}

/** Yes or no, as JSON's or as text. */
export const flag = z.union(
  [z.boolean(), z.stringbool({ truthy: ['true', '1'], falsy: ['false', '0'] })],
  'true or false is expected',
);

function jsonParameters(body: string): [string, ParameterValue][] {
  if (body.trim() === '') return [];
  const parsed = parseJson(body);
  const parameters = plainValuesIn(parsed, 'the JSON body');
  checkNames(body, [parsed]);
  return parameters;
}

/** `null` is as good as nothing: many programs write it for a value that they do not have. */
function plainValuesIn(parsed: unknown, what: string): [string, ParameterValue][] {
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw refused(`${what} must be an object from parameter to value`);
  }
  return Object.entries(parsed as Record<string, unknown>).flatMap(
    ([name, value]): [string, ParameterValue][] => {
      if (value === null) return [];
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
        return [[name, value]];
      if (listNames.has(name) && isTextList(value)) return [[name, value]];
      throw refused(`parameter ${shown(name)} must be a plain value, not ${kindOf(value)}`);
    },
  );
}

/**
 * JSON.parse keeps the last of two equal names, so names are counted in the text: in objects of plain values and lists of
 * them, a string before a colon is a name.
 */
function checkNames(body: string, objects: readonly unknown[]): void {
  const names = [...body.matchAll(/"(?:[^"\\]|\\.)*"\s*(:?)/g)].filter((match) => match[1] === ':');
  const count = objects.reduce((sum: number, each) => sum + Object.keys(each as object).length, 0);
  if (names.length !== count) throw refused('a parameter is given more than once in the JSON body');
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
  return Array.isArray(value) ? 'a list' : 'an object';
}

function refused(message: string): CopaError {
  return new CopaError('invalid_argument', message);
}
