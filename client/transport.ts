/** Sends requests to a controller and returns its replies. Converts unsuccessful replies to errors. */
import { CopaError, errorCodeHeader, errorCodes, isCopaError, type ErrorCode } from '../common/errors.js';

export type Parameters = Readonly<Record<string, unknown>>;

export interface Sent {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Relative, without a slash before it: the controller's address may have a path. */
  readonly path: string;
  readonly query: Parameters;
  readonly json: Parameters | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  /** The body, as it arrives. */
  readonly text: AsyncIterable<string>;
}

export interface Transport {
  /** The name of the controller in messages. */
  readonly address: string;
  /** Throws `unavailable` when there is no answer, and the signal's reason when that aborts. */
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

/** The cause of an error whose request cannot have begun: nothing of it was sent, or the controller says so. */
export class NotBegun extends Error {}

/** Whether the request cannot have begun. */
export function hasNotBegun(error: unknown): boolean {
  return isCopaError(error) && error.cause instanceof NotBegun;
}

/** The error of an answer that is no success. Its code is the controller's, or the closest to the status. */
export function refusal(
  address: string,
  answer: Pick<Answer, 'status' | 'header'>,
  body: unknown,
): CopaError {
  const { status, header } = answer;
  const message = (body as { readonly error?: unknown } | undefined)?.error;
  if (typeof message !== 'string')
    return new CopaError('internal', `${address} is not a COPA controller: HTTP status ${status}`);
  const sent = header(errorCodeHeader);
  const code = errorCodes.find((each) => each === sent) ?? codeByStatus[status] ?? 'internal';
  return new CopaError(code, message);
}

/** The query string, without the `?`. Parameters that are undefined are left out. */
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

/** Undefined when the body is not JSON. */
export async function jsonOf(answer: Pick<Answer, 'text'>): Promise<unknown> {
  const text = await textOf(answer);
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
