/** How the command line speaks to a controller: COPA_ADDR says where, COPA_TOKEN who, COPA_CACERT whom to believe. */
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'undici';
import { CopaError, messageOf } from '../proto/errors.js';

const defaultAddress = 'http://127.0.0.1:8000';

/** The answer to one call of REST, parameters sent as JSON. Throws `failed_precondition` with the API's own words. */
export async function callRest(
  method: 'GET' | 'POST',
  path: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Record<string, unknown>> {
  const { COPA_ADDR: address = defaultAddress, COPA_TOKEN: token, COPA_CACERT: caFile } = process.env;
  const url = new URL(`REST/${path}`, address.endsWith('/') ? address : `${address}/`);
  if (method === 'GET') url.search = String(new URLSearchParams(parameters));
  const dispatcher = new Agent(caFile ? { connect: { ca: await readFile(caFile, 'utf8') } } : {});
  try {
    const answer = await request(url, {
      method,
      dispatcher,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
      },
      ...(method === 'POST' ? { body: JSON.stringify(parameters) } : {}),
    });
    const body = (await answer.body.json()) as Record<string, unknown>;
    if (answer.statusCode < 300) return body;
    throw new CopaError('failed_precondition', String(body['error']));
  } catch (cause) {
    if (cause instanceof CopaError) throw cause;
    throw new CopaError('unavailable', `no answer from ${address}: ${messageOf(cause)}`, { cause });
  } finally {
    await dispatcher.close();
  }
}
