/** An answer that is JSON text already, because many requests get the same one. */
import type { Context } from 'koa';

/** Up to here a string is cheaper: Node sends it in one piece with the headers. A longer one is encoded only once. */
const stringBytesMax = 16 * 1024;

export class JsonText {
  readonly body: string | Buffer;

  constructor(answer: unknown) {
    const text = JSON.stringify(answer);
    this.body = Buffer.byteLength(text) > stringBytesMax ? Buffer.from(text) : text;
  }
}

export function answerText(ctx: Context, { body }: JsonText): void {
  ctx.res.setHeader('Content-Type', 'application/json; charset=utf-8');
  ctx.body = body;
}
