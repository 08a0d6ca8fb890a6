/** Failures as they go over gRPC; their codes are in errors.ts. */
import { Metadata, status, type StatusObject } from '@grpc/grpc-js';
import type { Failure__Output as Failure } from '../../proto/gen/copa/agent/v1/Failure.js';
import { CopaError, type ErrorCode } from '../errors.js';

/** The trailer that only a peer's own answer has: gRPC gives some of its codes to broken connections, too. */
const answerTrailer = 'copa-code';

export type GrpcError = Pick<StatusObject, 'code' | 'details' | 'metadata'>;

/** A failure as it goes over gRPC. Anything but a CopaError is reported as a bare internal error. */
export function grpcErrorOf(error: unknown): GrpcError {
  const reported =
    error instanceof CopaError ? error : new CopaError('internal', 'internal error in the agent');
  const metadata = new Metadata();
  metadata.set(answerTrailer, reported.code);
  return {
    code: status[reported.code.toUpperCase() as Uppercase<ErrorCode>],
    details: reported.message,
    metadata,
  };
}

/** A failure that came in a frame of a multiplexed call; only the agent itself sends such a frame. */
export function grpcErrorFrom({ status: number, message }: Failure): GrpcError {
  const name = status[number] as keyof typeof status | undefined;
  const metadata = new Metadata();
  metadata.set(answerTrailer, name ?? 'UNKNOWN');
  return { code: status[name ?? 'UNKNOWN'], details: message, metadata };
}

/** Whether a failure is the peer's own word, and not a connection's. */
export function isFromAgent({ metadata }: { readonly metadata: Metadata }): boolean {
  return metadata.get(answerTrailer).length > 0;
}
