/**
 * What a path can be asked for. An operation's schemas check each request and describe it in the OpenAPI
 * document, so that neither can say what the other does not.
 */
import type { Context } from 'koa';
import type { z } from 'zod';
import { answerText, checkParameters, JsonText, operationOf, parametersOf } from '../request/parameters.js';

export interface Operation {
  /** What it does, for the document. */
  readonly summary: string;
  readonly parameters: z.ZodObject;
  /** The answer, by status; errors are the same everywhere. */
  readonly replies: Readonly<Record<number, z.ZodType>>;
  answer(ctx: Context): Promise<void>;
}

export type Operations = Readonly<Record<string, Operation>>;

interface Description<Shape extends z.ZodRawShape, Reply extends z.ZodType> {
  readonly summary: string;
  readonly parameters: z.ZodObject<Shape>;
  readonly reply: Reply;
  /** Answers of another status than 200; the call sets it. */
  readonly others?: Readonly<Record<number, z.ZodType>>;
  /** A JsonText is an answer as it stands. */
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
      const answer = await call(checkParameters(parameters, parametersOf(ctx)), ctx);
      if (answer instanceof JsonText) answerText(ctx, answer);
      else ctx.body = answer;
    },
  };
}

/** Answers a request by the operation that it names. */
export async function answerOne(operations: Operations, ctx: Context): Promise<void> {
  const name = operationOf(parametersOf(ctx), Object.keys(operations));
  await operations[name]?.answer(ctx);
}
