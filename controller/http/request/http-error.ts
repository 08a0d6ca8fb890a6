/**
 * What HTTP itself refuses (a path, a method, a body), with a status that no CopaError has; and the one
 * translation from any failure to a status and the specification's `{"error": "..."}`.
 */
import { CopaError, errorCodeHeader, httpStatusOf } from '../../../common/errors.js';

export class HttpError extends Error {
  override readonly name = 'HttpRefusal';
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly status: number,
    message: string,
    options: { readonly cause?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.headers = options.headers ?? {};
  }
}

interface ErrorAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: { readonly error: string };
}

/** Undefined for a failure that nobody foresaw: to be logged whole, and told to nobody. */
export function errorReply(error: unknown): ErrorAnswer | undefined {
  if (error instanceof CopaError) {
    const headers = { [errorCodeHeader]: error.code };
    return { status: httpStatusOf(error.code), headers, body: { error: error.message } };
  }
  if (error instanceof HttpError)
    return { status: error.status, headers: error.headers, body: { error: error.message } };
  return undefined;
}
