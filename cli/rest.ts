/** The controller of a command, through the same client that programs use. */
import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { Connection } from '../client/index.js';
import { CopaError, messageOf } from '../common/errors.js';
import { readContexts } from './contexts.js';
import { localSocketIn, plainAddresses, targetOf } from './target.js';

export type Rest = Connection;

/**
 * The controller from the context, the environment or the configuration. Warns when the token travels in the clear.
 */
export async function connectRest({
  context,
}: { readonly context?: string | undefined } = {}): Promise<Rest> {
  const target = targetOf(context, process.env, await readContexts(process.env), await localSocket());
  const { address, token, caFile } = target;
  for (const plain of plainAddresses(target)) {
    process.stderr.write(`copa: warning: the token goes to ${plain} without TLS\n`);
  }
  const advice = 'is a controller running there? (COPA_ADDR, or "copa context")';
  try {
    const ca = caFile === undefined ? undefined : await readFile(caFile, 'utf8');
    return new Connection({ address, token, ca, advice });
  } catch (cause) {
    throw new CopaError('invalid_argument', `the CA file cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** Only if this user may open it; otherwise loopback is used. */
async function localSocket(): Promise<string | undefined> {
  const path = localSocketIn(process.env);
  try {
    await access(path, constants.W_OK);
    return `unix:${path}`;
  } catch {
    return undefined;
  }
}
