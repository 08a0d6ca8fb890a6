/**
 * Converts the failure of a call to a host to a CopaError. It has the pool's name, and shows whether the host may
 * have executed the call.
 */
import { status, type ServiceError } from '@grpc/grpc-js';
import { codeOfGrpcStatus, CopaError, type ErrorCode } from '../../common/errors.js';
import { requestBytesMax } from '../../proto/loader.js';
import { isFromAgent } from '../../common/net/grpc-errors.js';

/** The reasons for ending a call besides failure. */
export interface Limits {
  readonly deadlineMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The reasons for a call without a deadline. */
export const noLimits: Limits = { deadlineMs: undefined, signal: undefined };

export class CallErrors {
  /** `where` is the name of the host in errors. */
  constructor(private readonly where: string) {}

  late(method: string, deadlineMs: number | undefined, cause?: ServiceError): CopaError {
    const within = deadlineMs === undefined ? 'in time' : `within ${deadlineMs / 1000} s`;
    const message = `${this.where} has not finished ${method} ${within}; it may still do so`;
    return new CopaError('deadline_exceeded', message, { cause });
  }

  tooLong(method: string, bytes: number): CopaError {
    const message = `${this.where}: ${method} is too much for one message: it has ${bytes} bytes, and ${requestBytesMax} is the limit`;
    return new CopaError('resource_exhausted', message);
  }

  /** The call was executed, but nobody knows with what result. */
  malformed(method: string, cause: unknown): CopaError {
    return new CopaError('unavailable', `${this.where}: the reply to ${method} is malformed`, { cause });
  }

  cancelled(method: string): CopaError {
    return new CopaError('cancelled', `${this.where}: ${method} was cancelled`);
  }

  of(method: string, error: ServiceError, { deadlineMs, signal }: Limits): CopaError {
    const fail = (code: ErrorCode, message: string) => new CopaError(code, message, { cause: error });
    // A broken connection does not show whether the call was executed. Only the agent's own error does.
    const answered = isFromAgent(error);
    switch (error.code) {
      case status.UNAVAILABLE:
        return fail('unavailable', `${this.where}: ${error.details}`);
      case status.CANCELLED:
        return signal?.aborted || answered
          ? fail('cancelled', `${this.where}: ${method} was cancelled`)
          : fail('unavailable', `${this.where}: the connection ended under ${method}`);
      case status.DEADLINE_EXCEEDED: {
        if (answered) return fail('deadline_exceeded', error.details);
        return this.late(method, deadlineMs, error);
      }
      case status.RESOURCE_EXHAUSTED:
        if (answered) return fail('resource_exhausted', error.details);
        return fail(
          'resource_exhausted',
          `${this.where}: ${method} is too much for one message: ${error.details}`,
        );
      case status.UNIMPLEMENTED:
        return fail('unimplemented', `${this.where} does not have ${method}: update copa there`);
      case status.INTERNAL:
        return fail(answered ? 'internal' : 'unavailable', `${this.where}: ${error.details}`);
      default:
        return fail(codeOfGrpcStatus(error.code), error.details);
    }
  }
}

/** Why there is no connection, from the error that gRPC returned. */
export function reasonOf(error: CopaError, connectMs: number): string {
  const cause = error.cause as ServiceError;
  if (cause.code === status.DEADLINE_EXCEEDED) return `no connection within ${connectMs / 1000} s`;
  // grpc-js wraps the socket's message in its own.
  return cause.details
    .replace(/^No connection established\. Last error: /, '')
    .replace(/^Error: /, '')
    .replace(/\.? Resolution note: .*$/s, '');
}
