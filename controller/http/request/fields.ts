/**
 * Parameters of the specification's network API. Its programs post whatever their monitors know, so a parameter that is
 * not known is ignored here, and the text for a missing one is the specification's.
 */
import { z } from 'zod';
import { CopaError } from '../../../common/errors.js';
import { shown } from '../../../common/names.js';
import type { Parameters } from './state.js';

const numberPattern = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A number, as JSON's or as text. */
export const numberField = z
  .union([z.number(), z.stringFormat('number', numberPattern).transform(Number)], 'a number is expected')
  .refine(Number.isFinite, 'a number is expected');

/** A number of bytes or packets. */
export const countField = numberField.refine(
  (value) => Number.isSafeInteger(value) && value >= 0,
  'a whole number from 0 on is expected',
);

const truthy = ['true', '1', 'yes', 'on'];
const falsy = ['false', '0', 'no', 'off'];

/** Python writes True in a form, and `iw` writes yes. */
export const flagField = z.union(
  [z.boolean(), z.stringbool({ truthy, falsy }), z.literal([0, 1]).transform(Boolean)],
  'true or false is expected',
);

export function textField(charactersMax: number) {
  const rule = `a text of at most ${charactersMax} characters is expected`;
  return z
    .union([z.string(), z.number().transform(String)], rule)
    .refine((text) => text.length <= charactersMax, rule);
}

/** Throws `invalid_argument` naming the first field at fault. */
export function fieldsOf<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  parameters: Parameters,
): z.output<z.ZodObject<Shape>> {
  const parsed = schema.safeParse(Object.fromEntries(parameters));
  if (parsed.success) return parsed.data;
  const missing = Object.keys(schema.shape).find((name) =>
    parsed.error.issues.some((issue) => issue.path[0] === name && !parameters.has(name)),
  );
  if (missing !== undefined) throw refused(`Required Field '${missing}' not in post`);
  const [issue] = parsed.error.issues;
  const name = String(issue?.path[0]);
  throw refused(`${name} ${shown(parameters.get(name))} is not valid: ${issue?.message ?? ''}`);
}

function refused(message: string): CopaError {
  return new CopaError('invalid_argument', message);
}
