// Requests of the benchmark to the controller before it measures.
import { setTimeout as delay } from 'node:timers/promises';
import { request } from '../../../deploy/lab/cluster.js';

/** On a machine that others use as well. */
const attemptsMax = 40;

/** The reply to a request that is not measured. Waits for a disk that is temporarily slow. */
export async function asked(
  what: string,
  url: string,
  path: string,
  form: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, unknown>>> {
  for (let attempt = 1; ; attempt++) {
    const { status, body } = await request(url, 'POST', path, { form });
    if (status === 200) return body;
    if (status < 500 || attempt === attemptsMax) throw new Error(`no ${what}: ${JSON.stringify(body)}`);
    await delay(Math.min(5, attempt) * 500);
  }
}
