/** Static files: kept in memory, compressed on their first request, with an ETag of their content. */
import type { Context } from 'koa';
import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

export interface ServedFile {
  readonly type: string;
  readonly bytes: Buffer;
  readonly etag: string;
  /** Undefined for a file that is compressed already. */
  readonly gzip: (() => Promise<Buffer>) | undefined;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Undefined for a file of any other type. */
export function servedFile(name: string, bytes: Buffer): ServedFile | undefined {
  const type = types[extname(name)];
  if (type === undefined) return undefined;
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  let compressed: Promise<Buffer> | undefined;
  const compress = () => (compressed ??= promisify(gzip)(bytes, { level: 9 }));
  return { type, bytes, etag, gzip: type.startsWith('font/') ? undefined : compress };
}

export async function answerFile(ctx: Context, file: ServedFile): Promise<void> {
  ctx.set('ETag', file.etag);
  ctx.set('Vary', 'Accept-Encoding');
  ctx.type = file.type;
  ctx.status = 200;
  if (ctx.fresh) {
    ctx.status = 304;
    return;
  }
  if (file.gzip && ctx.acceptsEncodings('gzip', 'identity') === 'gzip') {
    ctx.set('Content-Encoding', 'gzip');
    ctx.body = await file.gzip();
  } else {
    ctx.body = file.bytes;
  }
}
