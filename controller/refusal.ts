/**
 * What HTTP itself refuses (a path, a method, a body), with a status that no CopaError has; and the one
 * translation from any failure to a status and the specification's `{"error": "..."}`.
 */
import { CopaError, httpStatusOf } from '../proto/errors.js';

export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';

  constructor(
    readonly status: number,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

interface ErrorAnswer {
  readonly status: number;
  readonly body: { readonly error: string };
}

/** Undefined for a failure that nobody foresaw: to be logged whole, and told to nobody. */
export function errorAnswer(error: unknown): ErrorAnswer | undefined {
  if (error instanceof CopaError) return { status: httpStatusOf(error.code), body: { error: error.message } };
  if (error instanceof HttpRefusal) return { status: error.status, body: { error: error.message } };
  return undefined;
}
