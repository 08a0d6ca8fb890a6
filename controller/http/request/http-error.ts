/**
 * The error of HTTP itself (a path, a method, a body), whose status no CopaError has; and the one translation from
 * any error to a status and the specification's `{"error": "..."}`.
 */
import { CopaError, errorCodeHeader, httpStatusOf } from '../../../common/errors.js';

export class HttpError extends Error {
  override readonly name = 'HttpError';
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

interface ErrorReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: { readonly error: string };
}

/** Undefined for an unforeseen error: the caller logs it whole and sends none of it. */
export function errorReply(error: unknown): ErrorReply | undefined {
  if (error instanceof CopaError) {
    const headers = { [errorCodeHeader]: error.code };
    return { status: httpStatusOf(error.code), headers, body: { error: error.message } };
  }
  if (error instanceof HttpError)
    return { status: error.status, headers: error.headers, body: { error: error.message } };
  return undefined;
}
