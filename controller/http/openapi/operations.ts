/**
 * The operations of a path. The same schemas check an operation's requests and describe it in the OpenAPI document,
 * so that the two cannot differ.
 */
import type { Context } from 'koa';
import type { z } from 'zod';
import { answerText, JsonText } from '../request/json-text.js';
import { checkParameters, operationOf, parametersOf } from '../request/parameters.js';

export interface Operation {
  /** For the document. */
  readonly summary: string;
  readonly parameters: z.ZodObject;
  /** The reply by status; errors are the same for all operations. */
  readonly replies: Readonly<Record<number, z.ZodType>>;
  answer(ctx: Context): Promise<void>;
}

export type Operations = Readonly<Record<string, Operation>>;

interface Description<Shape extends z.ZodRawShape, Reply extends z.ZodType> {
  readonly summary: string;
  readonly parameters: z.ZodObject<Shape>;
  readonly reply: Reply;
  /** Replies with another status than 200; the call sets the status. */
  readonly others?: Readonly<Record<number, z.ZodType>>;
  /** A JsonText is sent as it is. */
  readonly call: (parameters: z.output<z.ZodObject<Shape>>, ctx: Context) => Promise<object>;
}

export function operation<Shape extends z.ZodRawShape, Reply extends z.ZodType>({
  summary,
  parameters,
  reply,
  others = {},
  call,
}: Description<Shape, Reply>): Operation {
  return {
    summary,
    parameters,
    replies: { 200: reply, ...others },
    answer: async (ctx) => {
      const result = await call(checkParameters(parameters, parametersOf(ctx)), ctx);
      if (result instanceof JsonText) answerText(ctx, result);
      else ctx.body = result;
    },
  };
}

/** A route's handler: runs the operation that the request names. */
export function runOperation(operations: Operations): (ctx: Context) => Promise<void> {
  const names = Object.keys(operations);
  return async (ctx) => operations[operationOf(parametersOf(ctx), names)]?.answer(ctx);
}
