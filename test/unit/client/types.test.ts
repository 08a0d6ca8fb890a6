// Aim: the clients' types are those of the OpenAPI document. Method: they are generated anew and compared with the
// file that the client is compiled with, and with that for Python; `npm run types:client` writes both.
import openapiTS, { astToString } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openApiOf } from '../../../controller/http/openapi/document.js';
import { describedEndpoints } from '../../../controller/http/routes/endpoints.js';
import { mark, pythonOf, type OpenApi } from '../../support/python-client.js';

const file = fileURLToPath(new URL('../../../client/gen/openapi.ts', import.meta.url));

test('the types of the client are made of the document', async () => {
  const document = JSON.stringify(openApiOf(describedEndpoints()));
  const types = astToString(await openapiTS(document, { defaultNonNullable: false }));
  const text = `/** Made by openapi-typescript of /openapi.json: do not change it here, run \`npm run types:client\`. */\n${types}`;
  const formatted = await format(text, { ...(await resolveConfig(file)), filepath: file });
  await expect(formatted).toMatchFileSnapshot(file);
});

test('the operations of the Python client are made of the document', async () => {
  const document = JSON.parse(JSON.stringify(openApiOf(describedEndpoints()))) as OpenApi;
  const python = fileURLToPath(new URL('../../../client/python/copa.py', import.meta.url));
  const [byHand = ''] = readFileSync(python, 'utf8').split(mark);
  await expect(`${byHand.trimEnd()}\n\n\n${pythonOf(document)}`).toMatchFileSnapshot(python);
});
