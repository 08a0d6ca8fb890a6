/**
 * The page at `/`. The built files are read into memory once, so that no request reads a path from the disk. All of them
 * but the page itself have a hash of their content in their name, and never change.
 */
import type Router from '@koa/router';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HttpError } from '../request/http-error.js';
import { answerFile, servedFile, type ServedFile } from './files.js';

/** Where the build puts it, seen from the built program and from its sources. */
const builtPage = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../../dist/page/' : '../../../page/', import.meta.url),
);

export function pageRoutes(router: Router, directory = builtPage): void {
  const files = readFiles(directory);
  router.get('/', async (ctx) => {
    const file = files.get('index.html');
    if (!file) throw new HttpError(404, 'the page was not built with this program: npm run build does it');
    // The browser asks each time whether it has changed.
    ctx.set('Cache-Control', 'no-cache');
    await answerFile(ctx, file);
  });
  router.get('/assets/:name', async (ctx) => {
    const file = files.get(`assets/${String(ctx.params['name'])}`);
    if (!file) throw new HttpError(404, 'this file is not, or no longer, part of the page: load it again');
    ctx.set('Cache-Control', 'public, max-age=31536000, immutable');
    await answerFile(ctx, file);
  });
}

/** By their path in `directory`. Empty if the page was not built. */
function readFiles(directory: string): ReadonlyMap<string, ServedFile> {
  const files = new Map<string, ServedFile>();
  for (const folder of ['', 'assets']) {
    for (const name of namesIn(join(directory, folder))) {
      const file = servedFile(name, readFileSync(join(directory, folder, name)));
      if (file) files.set(folder ? `${folder}/${name}` : name, file);
    }
  }
  return files;
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [entry.name] : [],
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
