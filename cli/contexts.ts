/** The contexts of `~/.config/copa/config.yaml`. It may contain tokens, so only its owner can read it. */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { replaceFile } from '../common/durable-file.js';
import { CopaError, messageOf } from '../common/errors.js';
import { contextsFile, type Contexts, type Environment, type Target } from './target.js';

const empty: Contexts = { contexts: {} };

export async function readContexts(env: Environment): Promise<Contexts> {
  const file = contextsFile(env);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return empty;
    throw new CopaError('failed_precondition', `cannot read ${file}: ${messageOf(cause)}`, { cause });
  }
  // The parser takes longer to load than many commands take to run.
  const { parse } = await import('yaml');
  try {
    return contextsFrom(parse(text));
  } catch (cause) {
    throw new CopaError('invalid_argument', `${file} is not valid: ${messageOf(cause)}`, { cause });
  }
}

export async function writeContexts(env: Environment, contexts: Contexts): Promise<void> {
  const { stringify } = await import('yaml');
  const file = contextsFile(env);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const list = Object.entries(contexts.contexts).map(([name, { address, caFile, token }]) => [
    name,
    { address, ...(caFile === undefined ? {} : { ca: caFile }), ...(token === undefined ? {} : { token }) },
  ]);
  const text = stringify({
    ...(contexts.current === undefined ? {} : { current: contexts.current }),
    contexts: Object.fromEntries(list) as unknown,
  });
  await replaceFile(file, text, 0o600);
}

/** The contents of the file. Throws an Error that names the first mistake. */
function contextsFrom(value: unknown): Contexts {
  const root = objectOf(value ?? {}, 'the file', ['current', 'contexts']);
  const contexts = Object.entries(objectOf(root['contexts'] ?? {}, 'contexts'));
  return {
    current: textOf(root['current'], 'current'),
    contexts: Object.fromEntries(contexts.map(([name, context]) => [name, contextFrom(context, name)])),
  };
}

function contextFrom(value: unknown, name: string): Target {
  const context = objectOf(value, name, ['address', 'ca', 'token']);
  const address = textOf(context['address'], `${name}.address`);
  if (address === undefined) throw new Error(`${name}.address is missing`);
  return {
    address,
    token: textOf(context['token'], `${name}.token`),
    caFile: textOf(context['ca'], `${name}.ca`),
  };
}

function objectOf(value: unknown, what: string, keys?: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${what} is not a mapping`);
  }
  const unknown = Object.keys(value).find((key) => keys && !keys.includes(key));
  if (unknown !== undefined) throw new Error(`${what} has an unknown key "${unknown}"`);
  return value as Record<string, unknown>;
}

function textOf(value: unknown, what: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw new Error(`${what} is not a string`);
}
