/** Reads the body of a request as text. Only JSON and forms are accepted, in UTF-8. */
import type { Context } from 'koa';
import { HttpMethodEnum, koaBody } from 'koa-body';
import { shown } from '../../../common/names.js';
import { HttpError } from './http-error.js';

/** The longest body that is read. The longest sensible request has a tenth of it. */
const bodyBytesMax = 64 * 1024;

const jsonTypes = ['application/json', 'application/*+json'];
const formType = 'application/x-www-form-urlencoded';
const charsets: ReadonlySet<string> = new Set(['', 'utf-8', 'utf8', 'us-ascii']);

const readText = koaBody({
  json: false,
  urlencoded: false,
  multipart: false,
  textTypes: [...jsonTypes, formType],
  textLimit: bodyBytesMax,
  parsedMethods: Object.values(HttpMethodEnum),
  onError: (error) => {
    throw bodyError(error);
  },
});

export function hasBody({ req: { headers } }: Context): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Sets `ctx.request.body`. Throws an HttpError (400, 413 or 415). */
export async function readBody(ctx: Context): Promise<void> {
  const isReadable = ctx.is([...jsonTypes, formType]) && charsets.has(ctx.request.charset.toLowerCase());
  if (!isReadable) {
    const type = ctx.get('content-type');
    throw new HttpError(
      415,
      `a body of type ${type ? shown(type) : '(none given)'} is not understood: send ${jsonTypes[0]} or ${formType}, in UTF-8`,
    );
  }
  await readText(ctx, () => Promise.resolve());
}

export function isJson(ctx: Context): boolean {
  return Boolean(ctx.is(jsonTypes));
}

/** The errors of raw-body and zlib. Those of zlib have no status. */
function bodyError(error: Error & { status?: number; code?: string }): HttpError {
  switch (error.status) {
    case 413:
      return new HttpError(413, `the body is longer than ${bodyBytesMax} bytes`, { cause: error });
    case 415:
      return new HttpError(415, error.message, { cause: error });
    default:
      return new HttpError(400, `the body cannot be read: ${error.message}`, { cause: error });
  }
}
