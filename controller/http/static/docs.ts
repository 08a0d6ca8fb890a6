/**
 * `/docs`: the API for people to read and to try, made of `/openapi.json` by Swagger UI. All files are served from
 * here; nothing is loaded from another host.
 */
import type Router from '@koa/router';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { HttpError } from '../request/http-error.js';
import { answerFile, servedFile } from './files.js';

const document = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>COPA: the API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="api"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

/**
 * A separate file, because the HTML must have no script in it. Without a validator URL, Swagger UI sends nothing to
 * another host.
 */
const start = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  validatorUrl: null,
});
`;

const require = createRequire(import.meta.url);

export function docsRoutes(router: Router): void {
  const contents = new Map([
    ['index.html', Buffer.from(document)],
    ['start.js', Buffer.from(start)],
    ['swagger-ui.css', readFileSync(require.resolve('swagger-ui-dist/swagger-ui.css'))],
    ['swagger-ui-bundle.js', readFileSync(require.resolve('swagger-ui-dist/swagger-ui-bundle.js'))],
  ]);
  const files = new Map([...contents].map(([name, bytes]) => [name, servedFile(name, bytes)]));
  router.get(['/docs', '/docs/:name'], async (ctx) => {
    const file = files.get(ctx.params['name'] ?? 'index.html');
    if (!file) throw new HttpError(404, 'this file is not part of the documentation at /docs');
    // The browser asks each time whether it has changed.
    ctx.set('Cache-Control', 'no-cache');
    await answerFile(ctx, file);
  });
}
