/**
 * The page at `/`: files that were built beforehand, read into memory once, so that no request names a path on
 * the disk. All but the page itself have a hash of their content in their name and never change.
 */
import type Router from '@koa/router';
import type { Context } from 'koa';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { HttpRefusal } from '../refusal.js';

interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
  /** Undefined for what is compressed already. */
  readonly gzip: Buffer | undefined;
  readonly etag: string;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Where the build puts it, for the built program and for its sources run as they are. */
const builtPage = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/page/' : '../../page/', import.meta.url),
);

export function pageRoutes(router: Router, directory = builtPage): void {
  const files = readFiles(directory);
  router.get('/', (ctx) => {
    const file = files.get('index.html');
    if (!file) throw new HttpRefusal(404, 'the page was not built with this program: npm run build does it');
    // Asked for each time, but sent only when it is another one.
    ctx.set('Cache-Control', 'no-cache');
    answer(ctx, file);
  });
  router.get('/assets/:name', (ctx) => {
    const file = files.get(`assets/${String(ctx.params['name'])}`);
    if (!file) throw new HttpRefusal(404, 'this file is not, or no more, a part of the page: load it again');
    ctx.set('Cache-Control', 'public, max-age=31536000, immutable');
    answer(ctx, file);
  });
}

function answer(ctx: Context, { type, bytes, gzip, etag }: PageFile): void {
  ctx.set('ETag', etag);
  ctx.set('Vary', 'Accept-Encoding');
  ctx.type = type;
  ctx.status = 200;
  if (ctx.fresh) {
    ctx.status = 304;
    return;
  }
  if (gzip && ctx.acceptsEncodings('gzip', 'identity') === 'gzip') {
    ctx.set('Content-Encoding', 'gzip');
    ctx.body = gzip;
  } else {
    ctx.body = bytes;
  }
}

/** By their path from `directory`. Empty when nothing was built. */
function readFiles(directory: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const folder of ['', 'assets']) {
    for (const name of namesIn(join(directory, folder))) {
      const type = types[extname(name)];
      if (type === undefined) continue;
      const bytes = readFileSync(join(directory, folder, name));
      const gzip = type.startsWith('font/') ? undefined : gzipSync(bytes, { level: 9 });
      const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
      files.set(folder ? `${folder}/${name}` : name, { type, bytes, gzip, etag });
    }
  }
  return files;
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
