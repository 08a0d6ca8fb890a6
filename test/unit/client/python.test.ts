// Aim: the Python client has each operation of the API, with the API's names and types. Method: Python
// itself reads the file, and mypy. Another test (types.test.ts) compares its generated part with a new one.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { openApiOf } from '../../../controller/http/openapi/document.js';
import { describedEndpoints } from '../../../controller/http/routes/endpoints.js';
import { methodsOf, notGenerated, type OpenApi } from '../../support/python-client.js';

const folder = fileURLToPath(new URL('../../../client/python', import.meta.url));
const missing = ['/usr/bin/python3', '/usr/lib/python3/dist-packages/requests', '/usr/bin/mypy'].filter(
  (path) => !existsSync(path),
);
if (missing.length > 0)
  console.warn(`\n*** NOT TESTED, the Python client: there is no ${missing.join(', ')} ***\n`);

const document = JSON.parse(JSON.stringify(openApiOf(describedEndpoints()))) as OpenApi;
const python = (...words: string[]) => promisify(execFile)('/usr/bin/python3', words, { cwd: folder });

test.skipIf(missing.length > 0)('Python finds each operation with its parameters', async () => {
  const script = `
import inspect, json, copa
print(json.dumps({
    name: [p for p in inspect.signature(each).parameters if p != "self"]
    for name, each in inspect.getmembers(copa.Copa, inspect.isfunction)
}))`;
  const found = JSON.parse((await python('-B', '-c', script)).stdout) as Record<string, string[]>;
  const methods = methodsOf(document);
  for (const { name, parameters } of methods)
    expect([...(found[name] ?? [])].sort(), name).toEqual(parameters.map((each) => each.name).sort());
  const operations = Object.entries(document.paths).flatMap(([path, each]) =>
    Object.entries(each).map(([http, { operationId }]) => [`${http.toUpperCase()} ${path}`, operationId]),
  );
  const covered = new Set(methods.map(({ http, path }) => `${http} ${path}`));
  expect(
    operations
      .filter(([at = '']) => !covered.has(at))
      .map(([, id]) => id)
      .sort(),
  ).toEqual([...notGenerated].sort());
  expect(found).toHaveProperty('events');
});

test.skipIf(missing.length > 0)(
  'the types of the file and its examples are consistent',
  async () => {
    const words = ['--cache-dir=/dev/null', 'copa.py', 'examples'];
    const { stdout } = await promisify(execFile)('/usr/bin/mypy', words, {
      cwd: folder,
      env: { ...process.env, MYPYPATH: folder },
    }).catch((error: unknown) => error as { stdout: string });
    expect(stdout).toMatch(/^Success/);
  },
  60_000,
);
