/** What carries a request to a controller and its answer back, and what an answer that is no success says. */
import { CopaError, errorCodeHeader, errorCodes, type ErrorCode } from '../common/errors.js';

export type Parameters = Readonly<Record<string, unknown>>;

export interface Sent {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Without a slash before it: the controller's address may have a path of its own. */
  readonly path: string;
  readonly query: Parameters;
  readonly json: Parameters | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  /** As it comes. */
  readonly text: AsyncIterable<string>;
}

export interface Transport {
  /** How the controller is called in messages. */
  readonly address: string;
  /** Throws `unavailable` when nobody answers, and what the signal says when it aborts. */
  send(sent: Sent): Promise<Answer>;
}

const codeByStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_argument',
  401: 'unauthenticated',
  403: 'permission_denied',
  404: 'not_found',
  409: 'failed_precondition',
  429: 'resource_exhausted',
  499: 'cancelled',
  502: 'unavailable',
  503: 'unavailable',
  504: 'deadline_exceeded',
};

/** The failure that an answer tells of; its code is the closest that is known. */
export function refusal(
  address: string,
  answer: Pick<Answer, 'status' | 'header'>,
  body: unknown,
): CopaError {
  const { status, header } = answer;
  const said = (body as { readonly error?: unknown } | undefined)?.error;
  if (typeof said !== 'string')
    return new CopaError('internal', `${address} is no COPA controller: HTTP status ${status}`);
  const told = header(errorCodeHeader);
  const code = errorCodes.find((each) => each === told) ?? codeByStatus[status] ?? 'internal';
  return new CopaError(code, said);
}

/** A query as it stands behind the `?`; what is undefined is not asked for. */
export function queryOf(parameters: Parameters): string {
  const pairs = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return new URLSearchParams(
    pairs.map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  ).toString();
}

export async function textOf({ text }: Pick<Answer, 'text'>): Promise<string> {
  let all = '';
  for await (const part of text) all += part;
  return all;
}

/** Undefined when it is no JSON. */
export async function jsonOf(answer: Pick<Answer, 'text'>): Promise<unknown> {
  const text = await textOf(answer);
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
