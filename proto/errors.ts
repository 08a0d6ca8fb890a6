/**
 * The one error that crosses COPA's borders, and the one table from its code to HTTP and gRPC.
 *
 * A code survives the wire because gRPC's status is one to one with it; the message is written for the
 * user: what was wrong, with which name, and what to do next. Anything that is not a CopaError is a bug:
 * it is logged whole where it surfaces and told to nobody.
 */
import { Metadata, status, type StatusObject } from '@grpc/grpc-js';

const table = {
  invalid_argument: { http: 400, grpc: status.INVALID_ARGUMENT },
  unauthenticated: { http: 401, grpc: status.UNAUTHENTICATED },
  permission_denied: { http: 403, grpc: status.PERMISSION_DENIED },
  not_found: { http: 404, grpc: status.NOT_FOUND },
  already_exists: { http: 409, grpc: status.ALREADY_EXISTS },
  failed_precondition: { http: 409, grpc: status.FAILED_PRECONDITION },
  aborted: { http: 409, grpc: status.ABORTED },
  cancelled: { http: 499, grpc: status.CANCELLED },
  resource_exhausted: { http: 429, grpc: status.RESOURCE_EXHAUSTED },
  unavailable: { http: 503, grpc: status.UNAVAILABLE },
  deadline_exceeded: { http: 504, grpc: status.DEADLINE_EXCEEDED },
  internal: { http: 500, grpc: status.INTERNAL },
} as const;

export type ErrorCode = keyof typeof table;

export const errorCodes = Object.keys(table) as readonly ErrorCode[];

/** A failure whose message may be shown to the user as it is. */
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
 * True when the failure says nothing about whether the thing was done: the other side did not answer, not
 * in time, or not any more. The caller has to look before it decides.
 */
export function isUnknownOutcome(error: unknown): boolean {
  return isCopaError(error, 'unavailable', 'deadline_exceeded', 'cancelled');
}

export function httpStatusOf(code: ErrorCode): number {
  return table[code].http;
}

export function grpcStatusOf(code: ErrorCode): status {
  return table[code].grpc;
}

/** The trailer that only a peer's own answer has: gRPC gives some of its codes to broken connections, too. */
const answerTrailer = 'copa-code';

/** A failure as it goes over gRPC. Anything but a CopaError is told as a bare internal error. */
export function grpcErrorOf(error: unknown): Pick<StatusObject, 'code' | 'details' | 'metadata'> {
  const told = error instanceof CopaError ? error : new CopaError('internal', 'internal error in the agent');
  const metadata = new Metadata();
  metadata.set(answerTrailer, told.code);
  return { code: grpcStatusOf(told.code), details: told.message, metadata };
}

/** Whether a failure is the peer's own word, and not a connection's. */
export function isAnswer({ metadata }: { readonly metadata: Metadata }): boolean {
  return metadata.get(answerTrailer).length > 0;
}

/** The code behind a gRPC status; `internal` for the ones that COPA never sends. */
export function codeOfGrpcStatus(grpc: status): ErrorCode {
  return errorCodes.find((code) => table[code].grpc === grpc) ?? 'internal';
}

/** An error's text for a log line or for the `cause` part of a message; never a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
