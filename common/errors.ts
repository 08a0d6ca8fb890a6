/**
 * The one error class of COPA's interfaces, and the one table from its codes to HTTP and gRPC.
 *
 * A code survives gRPC because the table is one to one. The message is for the user: what was wrong, with which name,
 * and what to do next. Any other error is a bug. It is logged completely and never returned.
 */

/** gRPC's numbers are repeated here, because loading gRPC would treble the run time of a short command. */
const table = {
  invalid_argument: { http: 400, grpc: 3 },
  unauthenticated: { http: 401, grpc: 16 },
  permission_denied: { http: 403, grpc: 7 },
  not_found: { http: 404, grpc: 5 },
  already_exists: { http: 409, grpc: 6 },
  failed_precondition: { http: 409, grpc: 9 },
  aborted: { http: 409, grpc: 10 },
  cancelled: { http: 499, grpc: 1 },
  resource_exhausted: { http: 429, grpc: 8 },
  unavailable: { http: 503, grpc: 14 },
  deadline_exceeded: { http: 504, grpc: 4 },
  internal: { http: 500, grpc: 13 },
  /** An agent of an earlier release does not have the called method. */
  unimplemented: { http: 409, grpc: 12 },
} as const;

export type ErrorCode = keyof typeof table;

export const errorCodes = Object.keys(table) as readonly ErrorCode[];

/** A failure whose message may be shown to the user unchanged. */
export class CopaError extends Error {
  override readonly name = 'CopaError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

export function isCopaError(error: unknown, ...codes: ErrorCode[]): error is CopaError {
  return error instanceof CopaError && (codes.length === 0 || codes.includes(error.code));
}

/**
 * True when the failure does not show whether the operation was executed: there was no reply, or it came too late.
 * The caller has to read the state before it decides.
 */
export function isUnknownOutcome(error: unknown): boolean {
  return isCopaError(error, 'unavailable', 'deadline_exceeded', 'cancelled');
}

export function httpStatusOf(code: ErrorCode): number {
  return table[code].http;
}

/** The header of an error reply with the code, because several codes share a status. */
export const errorCodeHeader = 'X-Copa-Error';

/** The header of a 503 to a change that has not begun: another controller may take it. */
export const notBegunHeader = 'X-Copa-Not-Begun';

export function grpcStatusOf(code: ErrorCode): number {
  return table[code].grpc;
}

/** The code of a gRPC status; `internal` for statuses that COPA never sends. */
export function codeOfGrpcStatus(grpc: number): ErrorCode {
  return errorCodes.find((code) => grpcStatusOf(code) === grpc) ?? 'internal';
}

/** An error's text for a log line or for the `cause` part of a message; never a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
