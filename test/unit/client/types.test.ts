// Aim: the client's types are those of the OpenAPI document. Method: they are generated anew and compared with the
// file that the client is compiled with; `npm run types:client` writes it.
import openapiTS, { astToString } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openApiOf } from '../../../controller/http/openapi/document.js';
import { describedEndpoints } from '../../../controller/http/routes/endpoints.js';

const file = fileURLToPath(new URL('../../../client/gen/openapi.ts', import.meta.url));

test('the types of the client are made of the document', async () => {
  const document = JSON.stringify(openApiOf(describedEndpoints()));
  const types = astToString(await openapiTS(document, { defaultNonNullable: false }));
  const text = `/** Made by openapi-typescript of /openapi.json: do not change it here, run \`npm run types:client\`. */\n${types}`;
  const formatted = await format(text, { ...(await resolveConfig(file)), filepath: file });
  await expect(formatted).toMatchFileSnapshot(file);
});
